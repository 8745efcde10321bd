package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.PointsmanException;
import io.pointsman.testkit.lab.LabExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A running agent, and the commands that inspect it, from the command line. */
@Timeout(120)
abstract class LookFixture {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final String VIP = "127.91.4.1";
    static final String ENDPOINT = "127.91.4.2";
    static final String CLIENT = "127.91.4.3";
    static final int PORT = 8080;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    @Nullable
    Agent agent;

    record Said(int status, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    @AfterEach
    void end() {
        if (agent != null) {
            agent.close();
        }
    }

    static Said pointsman(String... words) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status = CommandLineInterface.run(
                words,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Said look(String... words) {
        final List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--state-directory", folder.resolve("state").toString()));
        return pointsman(all.toArray(String[]::new));
    }

    Path manifest(String name, String vip, String policy, String... endpoints) throws IOException {
        final StringBuilder addresses = new StringBuilder();
        for (String endpoint : endpoints) {
            addresses
                    .append(addresses.isEmpty() ? "" : ", ")
                    .append("{addresses: [")
                    .append(endpoint)
                    .append("], nodeName: here}");
        }
        return Files.writeString(folder.resolve(name), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  type: NodePort
                  clusterIP: %s
                  externalTrafficPolicy: %s
                  ports: [{name: http, port: %d, protocol: TCP}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-a, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                endpoints: [%s]
                ports: [{name: http, port: %d, protocol: TCP}]
                """.formatted(vip, policy, PORT, addresses, PORT));
    }

    AgentConfig.Builder config(Path manifest) {
        return AgentConfig.builder()
                .node("here")
                .manifest(manifest)
                .stateDirectory(folder.resolve("state"))
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.empty())
                .handOver(Optional.empty());
    }

    /** Starts an agent in this process, and waits until its control socket answers. */
    void start(AgentConfig config) throws PointsmanException, InterruptedException {
        agent = Agent.start(config);
        awaitAnswer();
    }

    void awaitAnswer() throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        Said said = look("services");
        while (said.status() != 0) {
            assertThat(System.nanoTime()).as(said.err()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
            said = look("services");
        }
    }

    interface Wanted {
        boolean is(JsonNode row);
    }

    JsonNode await(Wanted wanted) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (true) { // ends: at the deadline
            final Said said = look("services", "--output", "json");
            assertThat(said.status()).as(said.err()).isZero();
            final JsonNode row = said.json().path("services").path(0);
            if (wanted.is(row)) {
                return row;
            }
            assertThat(System.nanoTime()).as(said.out()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
