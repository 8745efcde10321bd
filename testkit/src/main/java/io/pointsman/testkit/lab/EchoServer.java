package io.pointsman.testkit.lab;

/** A running server on a host. */
public interface EchoServer extends AutoCloseable {
    /** Stops listening; accepted connections stay open until {@link #close}. */
    void stopAccepting();

    /** Stops listening and closes its connections: from now on the host refuses. */
    @Override
    void close();
}
