package io.pointsman.linux.localhost;

import io.pointsman.plan.Rule;

/** A listening socket for a node port on one loopback address. For the thread that applies plans. */
sealed interface Port permits TcpPort, UdpPort {
    /** Makes new connections follow this rule. */
    void change(Rule rule);

    /** Stops listening. TCP connections go on; UDP sessions, which reply through this socket, end. */
    void close();
}
