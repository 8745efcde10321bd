package io.pointsman.testkit.outsiders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An agent that can be started in the same way as by {@code ./pointsman run}.
 *
 * @param jvmFlags JVM flags that the launcher sets
 */
public record AgentBuild(List<String> jvmFlags, String classPath) {
    private static final String OPTIONS = "agent/target/jvm.options";

    public AgentBuild {
        jvmFlags = List.copyOf(jvmFlags);
    }

    /**
     * Returns the agent in a folder where {@code ./pointsman build} was run.
     *
     * @throws IOException if nothing was built there
     */
    public static AgentBuild of(Path folder) throws IOException {
        final Path target = folder.toAbsolutePath().resolve("agent/target");
        final Path cache = target.resolve("pointsman.aot");
        final List<String> flags =
                new ArrayList<>(List.of("@" + folder.toAbsolutePath().resolve(OPTIONS)));
        if (Files.exists(cache)) {
            flags.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
        }
        final List<String> jars = new ArrayList<>(jars(target, "pointsman-agent-"));
        jars.addAll(jars(target.resolve("lib"), ""));
        if (jars.size() < 2) {
            throw new IOException("nothing is built in " + folder + ": run ./pointsman build there");
        }
        return new AgentBuild(flags, String.join(":", jars));
    }

    private static List<String> jars(Path folder, String prefix) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString)
                    .filter(file -> file.endsWith(".jar") && file.startsWith(folder + "/" + prefix))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Returns the agent on this process's class path, with the flags of the module under test.
     *
     * @param options the launcher's file of JVM flags
     */
    public static AgentBuild ofClassPath(Path options) {
        return new AgentBuild(List.of("@" + options.toAbsolutePath()), System.getProperty("java.class.path"));
    }

    /** Returns the command line, with these JVM flags before the class path. */
    public List<String> command(List<String> moreJvmFlags, String... arguments) {
        return command(moreJvmFlags, classPath, "io.pointsman.agent.Main", List.of(arguments));
    }

    /**
     * Returns the command line of another main class, run as the agent is.
     *
     * @param moreClassPath where it is; follows the agent's class path, for which the class cache was made
     */
    public List<String> commandOf(
            String main, List<String> moreJvmFlags, String moreClassPath, List<String> arguments) {
        return command(moreJvmFlags, classPath + ":" + moreClassPath, main, arguments);
    }

    private List<String> command(List<String> moreJvmFlags, String path, String main, List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmFlags);
        command.addAll(moreJvmFlags);
        command.addAll(List.of("-cp", path, main));
        command.addAll(arguments);
        return command;
    }
}
