package io.pointsman.lab;

import java.util.List;

/**
 * Path from a client to the node whose agent decides.
 *
 * @param before hosts that pass the packet on: a packet forwarder or a proxy
 * @param proxied whether the last of these terminates the connection and opens its own
 * @param entries possible nodes; the capture shows which one it was
 */
record Route(String client, List<String> before, boolean proxied, List<String> entries) {
    Route {
        before = List.copyOf(before);
        entries = List.copyOf(entries);
    }

    /** Creates a direct path to a node. */
    static Route to(String client, String node) {
        return new Route(client, List.of(), false, List.of(node));
    }

    /** Creates a path through a packet forwarder to one of the nodes. */
    static Route forwarded(String client, String balancer, List<String> nodes) {
        return new Route(client, List.of(balancer), false, nodes);
    }

    /** Creates a path through a terminating proxy to one of the nodes. */
    static Route proxied(String client, String balancer, List<String> nodes) {
        return new Route(client, List.of(balancer), true, nodes);
    }
}
