package io.pointsman.testkit.lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Closes after each test what was built for it, passed or failed. Skips tests, with the reason, if no lab can be built.
 *
 * <pre>
 *   &#64;RegisterExtension
 *   final LabExtension labs = new LabExtension();
 *
 *   &#64;Test
 *   void shouldReachThePod() throws IOException {
 *       final LabCluster cluster = labs.closing(LabCluster.tutorial());
 * </pre>
 */
public final class LabExtension implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
    private final List<AutoCloseable> opened = new ArrayList<>();

    public LabExtension() {}

    /** Result of the check, which takes a moment, so that it is made once for all tests of a process. */
    private static final class Host {
        static final String UNAVAILABLE = Lab.unavailable().orElse("");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        requireLab();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        requireLab();
    }

    private static void requireLab() {
        if (!Host.UNAVAILABLE.isEmpty()) {
            System.err.println("skipped: " + Host.UNAVAILABLE); // console summaries leave out a skipped test's reason
            Assumptions.abort(Host.UNAVAILABLE);
        }
    }

    /** Registers a resource to be closed after the test; the last one is closed first. */
    public <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Collections.reverse(opened);
        Exception first = null;
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (Exception e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        opened.clear();
        if (first != null) {
            throw first;
        }
    }
}
