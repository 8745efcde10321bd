package io.pointsman.linux.netfilter;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.IpFamily;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The nf_tables rules of one network namespace: that of the thread which opened it ({@code
 * include/uapi/linux/netfilter/nf_tables.h}). One thread uses it; {@link #close} from any other ends its wait.
 */
public final class Ruleset implements AutoCloseable {
    private static final int SUBSYSTEM = 10 << 8;
    private static final int NEWTABLE = SUBSYSTEM;
    private static final int DELTABLE = SUBSYSTEM | 2;
    private static final int NEWCHAIN = SUBSYSTEM | 3;
    private static final int DELCHAIN = SUBSYSTEM | 5;
    private static final int NEWRULE = SUBSYSTEM | 6;
    private static final int DELRULE = SUBSYSTEM | 8;
    private static final int NEWSET = SUBSYSTEM | 9;
    private static final int DELSET = SUBSYSTEM | 11;
    private static final int NEWSETELEM = SUBSYSTEM | 12;
    private static final int DELSETELEM = SUBSYSTEM | 14;
    private static final int NEWOBJ = SUBSYSTEM | 18;
    private static final int DELOBJ = SUBSYSTEM | 20;
    private static final int NEWGEN = SUBSYSTEM | 15;
    private static final int GETGEN = SUBSYSTEM | 16;
    private static final int NFNLGRP_NFTABLES = 7;
    private static final int FIXED_BYTES = 4; // nfgenmsg: family:u8, version:u8, resource:be16
    private static final int GEN_ID = 1;
    private static final int TABLE_NAME = 1; // of tables, chains and rules alike
    private static final int CHAIN_NAME = 3;
    private static final int RULE_CHAIN = 2;
    private static final int SET_NAME = 2; // of sets, their elements and objects alike
    private static final int BUFFER_BYTES = 16 << 20;

    private final NetlinkSocket socket;

    private Ruleset(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens it to be asked; needs CAP_NET_ADMIN. */
    public static Ruleset open() throws KernelException {
        return new Ruleset(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Opens it to listen: {@link #receive} and nothing else. */
    public static Ruleset listen() throws KernelException {
        final Ruleset ruleset = open();
        try {
            ruleset.socket.subscribe(NFNLGRP_NFTABLES, BUFFER_BYTES, "subscribing to nf_tables events");
        } catch (KernelException e) {
            ruleset.close();
            throw e;
        }
        return ruleset;
    }

    /** The number of the last transaction, no matter who made it: each adds 1. */
    public int generation() throws KernelException {
        socket.request(GETGEN, 0).u8(0).u8(0).u16(0);
        return socket.query("asking for the nf_tables generation", message -> message.attributes(FIXED_BYTES)
                        .be32(GEN_ID, 0))
                .orElse(0);
    }

    /**
     * Waits so long at most for events and hands them on, in order. The kernel drops them rather than wait: after {@link
     * NetlinkSocket.Received#OVERRUN} anything may have happened.
     */
    public NetlinkSocket.Received receive(int timeoutMillis, Consumer<RulesetEvent> each) throws KernelException {
        return socket.receive(timeoutMillis, message -> read(message).ifPresent(each));
    }

    private static Optional<RulesetEvent> read(NetlinkMessage message) {
        return switch (message.type()) {
            case NEWTABLE -> Optional.of(event(message, RulesetEvent.Kind.TABLE_ADDED, 0, 0));
            case DELTABLE -> Optional.of(event(message, RulesetEvent.Kind.TABLE_DELETED, 0, 0));
            case NEWCHAIN -> Optional.of(event(message, RulesetEvent.Kind.CHAIN_ADDED, CHAIN_NAME, 0));
            case DELCHAIN -> Optional.of(event(message, RulesetEvent.Kind.CHAIN_DELETED, CHAIN_NAME, 0));
            case NEWRULE -> Optional.of(event(message, RulesetEvent.Kind.RULE_ADDED, RULE_CHAIN, 0));
            case DELRULE -> Optional.of(event(message, RulesetEvent.Kind.RULE_DELETED, RULE_CHAIN, 0));
            case NEWSET -> Optional.of(event(message, RulesetEvent.Kind.SET_ADDED, 0, SET_NAME));
            case DELSET -> Optional.of(event(message, RulesetEvent.Kind.SET_DELETED, 0, SET_NAME));
            case NEWSETELEM -> Optional.of(event(message, RulesetEvent.Kind.ELEMENT_ADDED, 0, SET_NAME));
            case DELSETELEM -> Optional.of(event(message, RulesetEvent.Kind.ELEMENT_DELETED, 0, SET_NAME));
            case NEWOBJ -> Optional.of(event(message, RulesetEvent.Kind.COUNTER_ADDED, 0, SET_NAME));
            case DELOBJ -> Optional.of(event(message, RulesetEvent.Kind.COUNTER_DELETED, 0, SET_NAME));
            case NEWGEN ->
                Optional.of(new RulesetEvent(
                        RulesetEvent.Kind.COMMIT,
                        Optional.empty(),
                        "",
                        "",
                        "",
                        message.port(),
                        message.attributes(FIXED_BYTES).be32(GEN_ID, 0)));
            default -> Optional.empty();
        };
    }

    private static RulesetEvent event(
            NetlinkMessage message, RulesetEvent.Kind kind, int chainAttribute, int setAttribute) {
        final var attributes = message.attributes(FIXED_BYTES);
        final Optional<IpFamily> family = AddressFamily.of(message.u8(0));
        final String chain = chainAttribute == 0 ? "" : attributes.text(chainAttribute);
        final String set = setAttribute == 0 ? "" : attributes.text(setAttribute);
        return new RulesetEvent(kind, family, attributes.text(TABLE_NAME), chain, set, message.port(), 0);
    }

    @Override
    public void close() {
        socket.close();
    }
}
