package io.pointsman.bench.kernel;

import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs each measurement in a new process, like a starting agent, and collects the lines of {@code name value} that it
 * prints.
 */
public final class FreshJvm {
    private static final String QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";

    private FreshJvm() {}

    /** Reports a value; called in the process. */
    public static void print(String name, double value) {
        System.out.printf(Locale.ROOT, "%s %.3f%n", name, value);
    }

    /**
     * Runs a main class of this class path to its end, with the JVM flags and the class cache of the agent.
     *
     * @param values receives the reported values by name, in order
     * @throws IOException if the process failed, with its output
     */
    public static void run(AgentBuild agent, Class<?> main, List<String> arguments, Map<String, List<Double>> values)
            throws IOException {
        final List<String> command =
                agent.commandOf(main.getName(), List.of(QUIET), System.getProperty("java.class.path"), arguments);
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("the process that measures failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        said.lines()
                .map(line -> line.split(" ", 2))
                .filter(words -> words.length == 2)
                .forEach(words ->
                        values.computeIfAbsent(words[0], _ -> new ArrayList<>()).add(Double.parseDouble(words[1])));
    }
}
