package io.pointsman.testkit.lab;

/** A server at work on a host. */
public interface EchoServer extends AutoCloseable {
    /** Stops listening; connections that it accepted live on until {@link #close}. */
    void stopAccepting();

    /** Stops listening and ends its connections: from now on the host refuses. */
    @Override
    void close();
}
