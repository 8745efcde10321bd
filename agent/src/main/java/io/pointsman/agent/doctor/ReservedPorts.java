package io.pointsman.agent.doctor;

import java.util.BitSet;

/** Ports of {@code net.ipv4.ip_local_reserved_ports}: {@code 8080,30000-32767}; empty for none. */
record ReservedPorts(BitSet ports) {
    static ReservedPorts parse(String text) {
        final BitSet ports = new BitSet();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                final String[] ends = part.strip().split("-", 2);
                ports.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
            }
        }
        return new ReservedPorts(ports);
    }

    /** Whether all ports of a range are reserved, bounds included. */
    boolean contains(int first, int last) {
        return ports.nextClearBit(first) > last;
    }
}
