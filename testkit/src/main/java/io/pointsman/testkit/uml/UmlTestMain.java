package io.pointsman.testkit.uml;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.pointsman.testkit.uml.UmlResult.Kind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The program inside: runs the test classes named by its other arguments and writes a line for each test to its first one.
 */
final class UmlTestMain {
    private UmlTestMain() {}

    public static void main(String[] args) throws IOException {
        final LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(args)
                        .skip(1)
                        .map(name -> selectClass(name))
                        .toList())
                .build();
        try (Writer results = Files.newBufferedWriter(Path.of(args[0]))) {
            LauncherFactory.create().execute(request, new Listener(results));
        }
        System.exit(0); // ends threads that a failed test has left
    }

    private static final class Listener implements TestExecutionListener {
        private final Writer results;
        private Optional<TestPlan> plan = Optional.empty();

        Listener(Writer results) {
            this.results = results;
        }

        @Override
        public void testPlanExecutionStarted(TestPlan testPlan) {
            plan = Optional.of(testPlan);
        }

        @Override
        public void executionStarted(TestIdentifier test) {
            if (test.isTest()) {
                write(Kind.STARTED, test, "");
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            write(Kind.SKIPPED, test, reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            switch (result.getStatus()) {
                case SUCCESSFUL -> {
                    if (test.isTest()) {
                        write(Kind.PASSED, test, "");
                    }
                }
                case FAILED -> write(Kind.FAILED, test, trace(result));
                case ABORTED -> write(Kind.SKIPPED, test, reason(result));
            }
        }

        @Override
        public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
            entry.getKeyValuePairs().forEach((key, value) -> write(Kind.REPORT, test, key + ": " + value));
        }

        private static String trace(TestExecutionResult result) {
            final StringWriter text = new StringWriter();
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(text, true)));
            return text.toString();
        }

        private static String reason(TestExecutionResult result) {
            return result.getThrowable().map(Throwable::getMessage).orElse("");
        }

        /** Writes and flushes a result: the kernel may be killed at any time. */
        private void write(Kind kind, TestIdentifier test, String text) {
            try {
                results.write(new UmlResult(kind, path(test), text).line());
                results.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns the path of a test without the engine, unless that is all. */
        private List<String> path(TestIdentifier test) {
            final List<String> path = new ArrayList<>();
            Optional<TestIdentifier> at = Optional.of(test);
            while (at.isPresent()) {
                path.addFirst(at.get().getDisplayName());
                final TestIdentifier current = at.get();
                at = plan.flatMap(known -> known.getParent(current));
            }
            return path.size() > 1 ? path.subList(1, path.size()) : path;
        }
    }
}
