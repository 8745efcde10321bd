package io.pointsman.spi.iptables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/** A network namespace of a test's own, gone when closed. */
final class NetNs implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    final String name;

    private NetNs(String name) {
        this.name = name;
    }

    /** Skips the test where namespaces or iptables are not to be had. */
    static NetNs create() {
        final String name = "ptsipt" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        try {
            Assumptions.assumeTrue(
                    new Commands(Place.here()).run("id", "-u").output().strip().equals("0"),
                    "not root: can't make namespaces");
            Assumptions.assumeTrue(
                    new Commands(Place.here())
                            .run("sh", "-c", "command -v ip iptables-nft iptables-legacy")
                            .isSuccess(),
                    "iproute2 and iptables are needed");
            final Commands.Result made = new Commands(Place.here()).run("ip", "netns", "add", name);
            Assumptions.assumeTrue(made.isSuccess(), "ip netns add: " + made.complaint());
            return new NetNs(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command in it, which must succeed. */
    String run(String... command) throws IOException {
        final Commands.Result result = new Commands(Place.of(name)).run(command);
        if (!result.isSuccess()) {
            throw new IOException(String.join(" ", command) + ": " + result.complaint());
        }
        return result.output();
    }

    @Override
    public void close() {
        try {
            new Commands(Place.here()).run("ip", "netns", "del", name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
