package io.pointsman.linux.testing;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes network namespaces for a test and removes them after it; skips the test, with the reason, if that is not allowed.
 */
public final class Namespaces implements AfterEachCallback {
    private static final AtomicInteger SEQUENCE = new AtomicInteger();
    private final List<NetworkNamespace> made = new ArrayList<>();

    public Namespaces() {}

    /** Makes a new, empty namespace. */
    public NetworkNamespace create() throws IOException {
        final String name = "pmtest" + ProcessHandle.current().pid() + "-" + SEQUENCE.incrementAndGet();
        try {
            final NetworkNamespace namespace = NetworkNamespace.create(name);
            made.add(namespace);
            return namespace;
        } catch (IOException e) {
            System.err.println("skipped: no network namespace can be made here: " + e.getMessage());
            Assumptions.abort("no network namespace can be made here: " + e.getMessage());
            throw e;
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        for (NetworkNamespace namespace : made) {
            namespace.delete();
        }
        made.clear();
    }
}
