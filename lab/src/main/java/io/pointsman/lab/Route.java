package io.pointsman.lab;

import java.util.List;

/**
 * The way from a client to the node whose agent decides.
 *
 * @param before hosts that pass the packet on as it is: a packet forwarder
 * @param proxied whether the last of them ends the connection and makes one of its own
 * @param entries the nodes that may be the one, of which the capture knows
 */
record Route(String client, List<String> before, boolean proxied, List<String> entries) {
    Route {
        before = List.copyOf(before);
        entries = List.copyOf(entries);
    }

    /** Straight to a node. */
    static Route to(String client, String node) {
        return new Route(client, List.of(), false, List.of(node));
    }

    /** Through a packet forwarder to one of the nodes. */
    static Route forwarded(String client, String balancer, List<String> nodes) {
        return new Route(client, List.of(balancer), false, nodes);
    }

    /** Through a terminating proxy to one of the nodes. */
    static Route proxied(String client, String balancer, List<String> nodes) {
        return new Route(client, List.of(balancer), true, nodes);
    }
}
