package io.pointsman.testkit.uml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs test classes of this class path inside User Mode Linux, all in one boot and one JVM, and returns their results as
 * tests of this JVM:
 *
 * <pre>
 *   &#64;TestFactory
 *   List&lt;DynamicNode&gt; inUml() throws Exception {
 *       return UmlTests.of(MyContractTest.class).modules("ip_vs").within(Duration.ofMinutes(4)).run();
 *   }
 * </pre>
 *
 * <p>The classes run unchanged; on a host whose own kernel is sufficient, they run there too. Without User Mode Linux the
 * factory is skipped with the reason. Reports of tests ({@link org.junit.jupiter.api.TestReporter}) are printed. A test that
 * the time limit cuts short fails; tests that never started are missing, and the last test, which fails, says so.
 */
public final class UmlTests {
    private static final String LOCATION = "/usr/lib/uml/modules";
    /**
     * JVM flags: User Mode Linux is slow with C2 and concurrent collectors; with these flags it takes a third of the time.
     */
    private static final List<String> JVM_FLAGS = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "-Djava.io.tmpdir=/run/tmp",
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");

    private static final int CONSOLE_CHARACTERS = 8000;

    private final List<Class<?>> classes;
    private List<String> modules = List.of();
    private final List<String> properties = new ArrayList<>();
    private Duration limit = Duration.ofMinutes(5);

    private UmlTests(List<Class<?>> classes) {
        this.classes = classes;
    }

    public static UmlTests of(Class<?>... classes) {
        return new UmlTests(List.copyOf(Arrays.asList(classes)));
    }

    /** Sets kernel modules to load first; others are loaded when the kernel asks for them. */
    public UmlTests modules(String... names) {
        modules = List.of(names);
        return this;
    }

    /** Sets a system property of the JVM inside; the value must have no blanks. */
    public UmlTests property(String name, String value) {
        properties.add("-D" + name + "=" + value);
        return this;
    }

    /** Sets the time after which the kernel is killed. */
    public UmlTests within(Duration longest) {
        limit = longest;
        return this;
    }

    /**
     * Boots several machines in parallel, each on its own processor as long as there are enough, and waits for the last to
     * end.
     */
    public static List<DynamicNode> runTogether(List<UmlTests> machines) throws IOException, InterruptedException {
        final List<FutureTask<List<DynamicNode>>> tasks =
                machines.stream().map(each -> new FutureTask<>(each::run)).toList();
        tasks.forEach(task -> Thread.ofPlatform().daemon().name("uml").start(task));
        final List<DynamicNode> nodes = new ArrayList<>();
        for (FutureTask<List<DynamicNode>> task : tasks) {
            try {
                nodes.addAll(task.get());
            } catch (ExecutionException e) {
                tasks.forEach(each -> each.cancel(true));
                if (e.getCause() instanceof RuntimeException unchecked) {
                    throw unchecked; // a skipped test, for example
                }
                throw new IOException("User Mode Linux can't be run", e.getCause());
            }
        }
        return nodes;
    }

    /** Boots, runs the tests and waits for the end. */
    public List<DynamicNode> run() throws IOException, InterruptedException {
        final Optional<UmlKernel> kernel = UmlKernel.find();
        if (kernel.isEmpty()) {
            final String reason = "no User Mode Linux here (a program linux.uml, modules in " + LOCATION
                    + "): apt install user-mode-linux kmod";
            System.err.println("skipped: " + reason);
            Assumptions.abort(reason);
        }
        final Path shared = Files.createTempDirectory("pointsman-uml");
        try {
            final UmlMachine machine = new UmlMachine(kernel.orElseThrow(), shared, modules);
            Files.writeString(shared.resolve("arguments"), arguments(shared), StandardCharsets.UTF_8);
            final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
            final UmlMachine.End end =
                    machine.run(java + " @" + shared.resolve("arguments") + " && touch " + done(shared), limit);
            return nodes(shared, machine, end);
        } finally {
            delete(shared);
        }
    }

    private static Path results(Path shared) {
        return shared.resolve("results");
    }

    /** Returns the file that exists once the JVM inside has ended normally. */
    private static Path done(Path shared) {
        return shared.resolve("done");
    }

    private String arguments(Path shared) {
        // Surefire's own class path is one JAR that refers to the others.
        final String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        final List<String> lines = new ArrayList<>(JVM_FLAGS);
        lines.addAll(properties);
        lines.add("-cp");
        lines.add("\"" + absolute(classPath) + "\"");
        lines.add(UmlTestMain.class.getName());
        lines.add(results(shared).toString());
        classes.forEach(each -> lines.add(each.getName()));
        return String.join("\n", lines);
    }

    private static String absolute(String classPath) {
        return String.join(
                ":",
                Arrays.stream(classPath.split(":", -1))
                        .filter(part -> !part.isEmpty())
                        .map(part -> Path.of(part).toAbsolutePath().toString())
                        .toList());
    }

    private List<DynamicNode> nodes(Path shared, UmlMachine machine, UmlMachine.End end) throws IOException {
        final Map<List<String>, UmlResult> results = new LinkedHashMap<>();
        if (Files.exists(results(shared))) {
            for (String line : Files.readAllLines(results(shared), StandardCharsets.UTF_8)) {
                UmlResult.parse(line).ifPresent(result -> take(result, results));
            }
        }
        final String console = console(machine);
        final Map<String, List<DynamicNode>> byClass = new LinkedHashMap<>();
        for (UmlResult result : results.values()) {
            final List<String> rest = result.path().subList(1, result.path().size());
            byClass.computeIfAbsent(result.path().getFirst(), _ -> new ArrayList<>())
                    .add(DynamicTest.dynamicTest(
                            rest.isEmpty() ? "as a whole" : String.join(" > ", rest),
                            () -> become(result, end, console)));
        }
        final List<DynamicNode> nodes = new ArrayList<>();
        byClass.forEach((name, tests) -> nodes.add(DynamicContainer.dynamicContainer(name, tests)));
        final boolean isDone = Files.exists(done(shared));
        nodes.add(DynamicTest.dynamicTest("all came to their end", () -> {
            if (end == UmlMachine.End.TIME_LIMIT || !isDone || results.isEmpty()) {
                Assertions.fail(howItEnded(end) + "; its console:\n" + console);
            }
        }));
        return nodes;
    }

    private static void take(UmlResult result, Map<List<String>, UmlResult> results) {
        if (result.kind() == UmlResult.Kind.REPORT) {
            System.out.println("in User Mode Linux: " + result.text());
        } else {
            results.put(result.path(), result);
        }
    }

    private String howItEnded(UmlMachine.End end) {
        return switch (end) {
            case DONE -> "User Mode Linux ended before its tests";
            case TIME_LIMIT -> "User Mode Linux was killed after " + limit.toSeconds() + " s";
        };
    }

    private void become(UmlResult result, UmlMachine.End end, String console) {
        switch (result.kind()) {
            case PASSED, REPORT -> {}
            case STARTED -> Assertions.fail("it began, then " + howItEnded(end) + "; its console:\n" + console);
            case SKIPPED -> Assumptions.abort(result.text());
            case FAILED -> Assertions.fail("in User Mode Linux: " + result.text());
        }
    }

    private static String console(UmlMachine machine) throws IOException {
        if (!Files.exists(machine.console())) {
            return "";
        }
        final String text = Files.readString(machine.console(), StandardCharsets.ISO_8859_1);
        return text.substring(Math.max(0, text.length() - CONSOLE_CHARACTERS));
    }

    /** Deletes the folder; all files in it are from this process or from the kernel that it booted. */
    private static void delete(Path folder) throws IOException {
        final List<Path> all;
        try (Stream<Path> tree = Files.walk(folder)) {
            all = tree.sorted((a, b) -> b.compareTo(a)).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
