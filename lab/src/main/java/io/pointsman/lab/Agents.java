package io.pointsman.lab;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The agents of a cluster, with their progress. */
final class Agents {
    private static final long IN_FORCE_NANOS = 180_000_000_000L;
    private static final long STARTED_NANOS =
            300_000_000_000L; // inside User Mode Linux on a busy machine, one takes a minute
    private static final long LOOK_MILLIS = 20;
    private static final int SHOWN_LINES = 20;

    private final List<NodeAgent> agents = new ArrayList<>();
    private final Path logs;

    /** @param logs folder for their logs, one file for each */
    Agents(Path logs) {
        this.logs = logs;
    }

    void start(AgentProgram program, LabHost node, Path config) throws IOException {
        agents.add(NodeAgent.start(program, node, config, log(node)));
    }

    private Path log(LabHost node) {
        return logs.resolve(node.name() + ".log");
    }

    List<NodeAgent> all() {
        return List.copyOf(agents);
    }

    void awaitStarted() throws IOException {
        awaitPlans(Map.of(), STARTED_NANOS);
    }

    /** Makes a write that changes every agent's plan, and waits until each has the new plan in force. */
    void inTurn(ObjectStore.Write write) throws IOException {
        final Map<NodeAgent, Long> before = new LinkedHashMap<>();
        for (NodeAgent agent : agents) {
            before.put(agent, agent.planVersion());
        }
        write.make();
        awaitPlans(before, IN_FORCE_NANOS);
    }

    private void awaitPlans(Map<NodeAgent, Long> before, long patienceNanos) throws IOException {
        final long deadline = System.nanoTime() + patienceNanos;
        for (NodeAgent agent : agents) {
            while (agent.planVersion() <= before.getOrDefault(agent, 0L)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException("the agent of " + agent.node() + " has no new plan in force; its log "
                            + log(agent.node()) + " ends with:\n" + end(log(agent.node())));
                }
                TutorialCluster.pause(LOOK_MILLIS);
            }
        }
    }

    private static String end(Path log) throws IOException {
        final List<String> lines =
                Files.exists(log) ? Files.readAllLines(log, StandardCharsets.ISO_8859_1) : List.of("(there is none)");
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    /** Ends the agents, as SIGTERM does. */
    void stop() {
        agents.forEach(NodeAgent::close);
        agents.clear();
    }
}
