package io.pointsman.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code pointsman run} in its own process, in its node's namespace. */
final class NodeAgent implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STATUS_PORT = 10249;
    private static final Duration END_PATIENCE = Duration.ofSeconds(10);

    private final LabHost node;
    private final Path log;
    private final Process process;

    private NodeAgent(LabHost node, Path log, Process process) {
        this.node = node;
        this.log = log;
        this.process = process;
    }

    static NodeAgent start(AgentProgram program, LabHost node, Path config, Path log) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(program.run(config))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new NodeAgent(node, log, node.start(builder));
    }

    LabHost node() {
        return node;
    }

    /** Returns the version of the plan in force, from the agent's status page; negative while it does not answer. */
    long planVersion() throws IOException {
        final JsonNode status = status();
        return status == null ? -1 : status.path("planVersion").asLong(-1);
    }

    /** Returns the problems that the agent reports. */
    List<String> problems() throws IOException {
        final List<String> problems = new ArrayList<>();
        final JsonNode status = status();
        if (status != null) {
            status.path("problems")
                    .forEach(problem -> problems.add(problem.path("where").asText() + ": "
                            + problem.path("reason").asText()));
        }
        return problems;
    }

    private @Nullable JsonNode status() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the agent of " + node + " ended with " + process.exitValue() + " and said:\n"
                    + Files.readString(log));
        }
        final Optional<String> answer = LocalPage.get(node, STATUS_PORT, "/status");
        return answer.isPresent() ? JSON.readTree(answer.get()) : null;
    }

    @Override
    public void close() {
        Ending.of(process, END_PATIENCE);
    }
}
