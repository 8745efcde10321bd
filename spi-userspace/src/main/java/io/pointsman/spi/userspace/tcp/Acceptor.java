package io.pointsman.spi.userspace.tcp;

import java.util.concurrent.CompletableFuture;

/** A socket that connections come in by. Any thread. */
sealed interface Acceptor permits ChannelAcceptor, EpollAcceptor {
    /** Binds it; fails with what the host said. To be called once. */
    CompletableFuture<Void> open();

    boolean isOpen();

    /** Listens no more. Completes when the port is free. */
    CompletableFuture<Void> stop();
}
