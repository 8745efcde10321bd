package io.pointsman.linux.nftables;

import io.pointsman.linux.netlink.Attributes;
import java.util.TreeSet;

/** Flowtables as attributes ({@code NFTA_FLOWTABLE_*}, {@code NFTA_FLOWTABLE_HOOK_*}). */
final class FlowtableMessages {
    static final int TABLE = 1;
    private static final int NAME = 2;
    private static final int HOOK = 3;
    private static final int FLAGS = 7;
    private static final int HOOK_DEVICES = 3;
    private static final int DEVICE_NAME = 1;
    private static final int NF_NETDEV_INGRESS = 0;
    private static final int PRIORITY_FILTER = 0;
    private static final int FLAG_COUNTER = 2;
    /** Most characters of an interface's name: IFNAMSIZ less its zero byte. */
    private static final int MAX_DEVICE_CHARACTERS = 15;

    private FlowtableMessages() {}

    static void write(RequestBuffer out, TableId table, Flowtable flowtable) {
        name(out, table, flowtable);
        out.be32(FLAGS, FLAG_COUNTER);
        hook(out, flowtable);
    }

    /** Writes a flowtable's interfaces without its fixed properties. */
    static void writeDevices(RequestBuffer out, TableId table, Flowtable flowtable) {
        name(out, table, flowtable);
        hook(out, flowtable);
    }

    private static void name(RequestBuffer out, TableId table, Flowtable flowtable) {
        out.text(TABLE, table.name()).text(NAME, Names.name("flowtable", flowtable.name()));
    }

    private static void hook(RequestBuffer out, Flowtable flowtable) {
        final int hook = out.beginNested(HOOK);
        out.be32(Nfta.HOOK_NUM, NF_NETDEV_INGRESS).be32(Nfta.HOOK_PRIORITY, PRIORITY_FILTER);
        if (!flowtable.devices().isEmpty()) {
            final int devices = out.beginNested(HOOK_DEVICES);
            flowtable.devices().forEach(device -> out.text(DEVICE_NAME, checked(device)));
            out.endNested(devices);
        }
        out.endNested(hook);
    }

    private static String checked(String device) {
        if (device.isEmpty() || device.length() > MAX_DEVICE_CHARACTERS) {
            throw new IllegalArgumentException(
                    "an interface's name of " + device.length() + " characters: it has 1 to " + MAX_DEVICE_CHARACTERS);
        }
        return device;
    }

    static Flowtable read(Attributes attributes) {
        final TreeSet<String> devices = new TreeSet<>();
        attributes.nested(HOOK).nested(HOOK_DEVICES).elements().forEach(device -> devices.add(device.text()));
        return new Flowtable(attributes.text(NAME), devices);
    }
}
