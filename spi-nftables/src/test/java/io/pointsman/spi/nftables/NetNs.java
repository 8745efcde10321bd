package io.pointsman.spi.nftables;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/** A network namespace of a test's own, gone when closed. */
public final class NetNs implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    public final String name;

    private NetNs(String name) {
        this.name = name;
    }

    /** Skips the test where namespaces or nft are not to be had. */
    public static NetNs create() {
        final String name = "ptsnft" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        try {
            Assumptions.assumeTrue(
                    Programs.ofNobody().run("id", "-u").output().strip().equals("0"),
                    "not root: can't make namespaces");
            Assumptions.assumeTrue(
                    Programs.ofNobody().run("sh", "-c", "command -v ip nft").isSuccess(),
                    "iproute2 and nftables are needed");
            final ProgramResult made = Programs.ofNobody().run("ip", "netns", "add", name);
            Assumptions.assumeTrue(made.isSuccess(), "ip netns add: " + made.complaint());
            return new NetNs(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command in it, which must succeed. */
    public String run(String... command) throws IOException {
        return Whereabouts.of(name).programs().require("", command);
    }

    @Override
    public void close() {
        try {
            Programs.ofNobody().run("ip", "netns", "del", name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
