package io.pointsman.lab;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command that starts an agent, as {@code ./pointsman run} does, with the launcher's class path and start-up cache. */
record AgentProgram(List<String> command) {
    /** Property set by the launcher; without it the agent gets the lab's own class path. */
    private static final String CLASS_PATH = "pointsman.agent.class-path";

    private static final String CACHE = "pointsman.agent.cache";

    static final List<String> PROPERTIES = List.of(CLASS_PATH, CACHE);

    AgentProgram {
        command = List.copyOf(command);
    }

    static AgentProgram find() {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        final String cache = System.getProperty(CACHE, "");
        if (!cache.isEmpty()) {
            command.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
        }
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx96m"));
        if (LabInUml.isInside()) {
            command.addAll(LabInUml.START_FLAGS);
        }
        command.add("-cp");
        command.add(System.getProperty(CLASS_PATH, System.getProperty("java.class.path")));
        command.add("io.pointsman.agent.Main");
        return new AgentProgram(command);
    }

    List<String> run(Path config) {
        return with("run", "--quiet", "--config", config.toString());
    }

    List<String> with(String... arguments) {
        final List<String> all = new ArrayList<>(command);
        all.addAll(List.of(arguments));
        return all;
    }
}
