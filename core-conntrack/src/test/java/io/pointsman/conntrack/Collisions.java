package io.pointsman.conntrack;

import io.pointsman.model.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Colliding tuples, which an attacker could compute only with the table's secret. */
public final class Collisions {
    private static final int UDP = 17;
    private static final int CLIENTS = 0x0B00_0000;

    private Collisions() {}

    /** Numbers of clients, added to 11.0.0.0, whose tuples all have one home line. */
    public static List<Integer> sourcesInOneLine(
            FlowTable table, int count, IpAddress vip, int sourcePort, int destinationPort) {
        final List<Integer> found = new ArrayList<>();
        for (int client = 0; found.size() < count; client++) {
            if (line(table, client, vip, sourcePort, destinationPort) == 0) {
                found.add(client);
            }
        }
        return found;
    }

    /** Number of different home lines of these clients' tuples. */
    public static int lines(
            FlowTable table, List<Integer> clients, IpAddress vip, int sourcePort, int destinationPort) {
        final Set<Integer> lines = new HashSet<>();
        clients.forEach(client -> lines.add(line(table, client, vip, sourcePort, destinationPort)));
        return lines.size();
    }

    private static int line(FlowTable table, int client, IpAddress vip, int sourcePort, int destinationPort) {
        final long source = Integer.reverseBytes(CLIENTS | client) & 0xFFFF_FFFFL;
        final long destination = Integer.reverseBytes((int) vip.low()) & 0xFFFF_FFFFL;
        final int ports = (Short.reverseBytes((short) sourcePort) & 0xFFFF)
                | (Short.reverseBytes((short) destinationPort) & 0xFFFF) << 16;
        return table.index.home(table.hash(source | destination << 32, ports, UDP)) / TagIndex.LINE_GROUPS;
    }
}
