package io.pointsman.agent;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The agent's command line in a JVM of its own, with this JVM's class path and flags for a short run. */
public final class AgentCommand {
    private final List<String> flags = new ArrayList<>();
    private final List<Path> first = new ArrayList<>();
    private String main = "io.pointsman.agent.Main";

    /** Adds a JVM flag. */
    public AgentCommand flag(String flag) {
        flags.add(flag);
        return this;
    }

    /** Puts a folder first on the class path. */
    public AgentCommand classesIn(Path folder) {
        first.add(folder);
        return this;
    }

    /** Starts another main class than the agent's own. */
    public AgentCommand main(Class<?> some) {
        main = some.getName();
        return this;
    }

    /** Returns the whole command with these arguments; more may be added to it. */
    public List<String> of(String... words) {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(flags);
        command.add("-cp");
        command.add(Stream.concat(first.stream().map(Path::toString), Stream.of(System.getProperty("java.class.path")))
                .collect(Collectors.joining(File.pathSeparator)));
        command.add(main);
        command.addAll(Arrays.asList(words));
        return command;
    }
}
