package io.pointsman.linux.nftables;

/** Numbers of {@code include/uapi/linux/netfilter/nf_tables.h} that more than one class here needs. */
final class Nfta {
    static final int SUBSYSTEM = 10;
    static final int NEWTABLE = SUBSYSTEM << 8;
    static final int GETTABLE = NEWTABLE | 1;
    static final int DELTABLE = NEWTABLE | 2;
    static final int NEWCHAIN = NEWTABLE | 3;
    static final int GETCHAIN = NEWTABLE | 4;
    static final int DELCHAIN = NEWTABLE | 5;
    static final int NEWRULE = NEWTABLE | 6;
    static final int GETRULE = NEWTABLE | 7;
    static final int DELRULE = NEWTABLE | 8;
    static final int NEWSET = NEWTABLE | 9;
    static final int GETSET = NEWTABLE | 10;
    static final int DELSET = NEWTABLE | 11;
    static final int NEWSETELEM = NEWTABLE | 12;
    static final int GETSETELEM = NEWTABLE | 13;
    static final int DELSETELEM = NEWTABLE | 14;
    static final int GETGEN = NEWTABLE | 16;
    static final int NEWOBJ = NEWTABLE | 18;
    static final int GETOBJ = NEWTABLE | 19;
    static final int DELOBJ = NEWTABLE | 20;
    static final int GETOBJ_RESET = NEWTABLE | 21;
    static final int NEWFLOWTABLE = NEWTABLE | 22;
    static final int GETFLOWTABLE = NEWTABLE | 23;
    static final int DELFLOWTABLE = NEWTABLE | 24;

    static final int LIST_ELEM = 1;
    static final int DATA_VALUE = 1;
    static final int DATA_VERDICT = 2;
    static final int VERDICT_CODE = 1;
    static final int VERDICT_CHAIN = 2;
    static final int OBJECT_COUNTER = 1;
    static final int COUNTER_BYTES = 1;
    static final int COUNTER_PACKETS = 2;
    static final int HOOK_NUM = 1;
    static final int HOOK_PRIORITY = 2;

    private Nfta() {}
}
