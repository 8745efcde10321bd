package io.pointsman.linux.localhost;

import io.pointsman.plan.Rule;

/** A node port on one loopback address, listened at. For the thread that applies plans. */
sealed interface Port permits TcpPort, UdpPort {
    /** Has new connections follow this rule. */
    void change(Rule rule);

    /** Listens no longer. TCP connections go on; UDP sessions, which speak by this socket, end. */
    void close();
}
