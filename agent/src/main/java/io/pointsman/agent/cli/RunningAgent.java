package io.pointsman.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.control.ControlClient;
import io.pointsman.agent.control.ControlSocket;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.FlowJson;
import io.pointsman.agent.look.PlanReader;
import io.pointsman.agent.look.ServiceRow;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.HostAddresses;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Client of the agent that runs on this host, by its control socket. Used by one thread. */
final class RunningAgent {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ControlClient client;

    private RunningAgent(ControlClient client) {
        this.client = client;
    }

    /**
     * Finds the agent whose records are in the configured state directory.
     *
     * @param mode selects one of several agents; empty for the only one
     * @throws ConfigException if there is none, or if there are several and no mode is given
     */
    static RunningAgent find(AgentConfig config, Optional<String> mode) throws ConfigException {
        final Path state = config.stateDirectory();
        final List<Path> answered = new ArrayList<>();
        try (Stream<Path> folders = Files.list(state)) {
            for (Path folder : folders.sorted().toList()) {
                final Path socket = folder.resolve(ControlSocket.NAME);
                if ((mode.isEmpty() || folder.endsWith(mode.get()))
                        && Files.exists(socket)
                        && new ControlClient(socket).isAnswered()) {
                    answered.add(socket);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            // reported below
        } catch (AccessDeniedException e) {
            throw new ConfigException(
                    "state directory " + state
                            + " may not be read by this user: run this as root or as the agent's user",
                    e);
        } catch (IOException e) {
            throw new ConfigException("state directory " + state + ": " + e, e);
        }
        if (answered.isEmpty()) {
            throw new ConfigException("no agent"
                    + mode.map(name -> " of mode " + name).orElse("")
                    + " answers in " + state + ": it does not run, runs as another user, has nothing in force yet, or"
                    + " has another state directory; name that with --state-directory, or look without an agent by"
                    + " --manifest or --kubeconfig");
        }
        if (answered.size() > 1) {
            throw new ConfigException("several agents answer in " + state + "; say which with --mode: "
                    + answered.stream()
                            .map(socket ->
                                    String.valueOf(state.relativize(socket).getName(0)))
                            .collect(Collectors.joining(", ")));
        }
        return new RunningAgent(new ControlClient(answered.getFirst()));
    }

    /** Returns the lines of the agent's response. */
    private List<JsonNode> ask(String target) throws ConfigException {
        final List<JsonNode> lines = new ArrayList<>();
        client.ask(target, line -> lines.add(JSON.readTree(line)));
        return lines;
    }

    /** Returns the only line of a response. */
    private JsonNode askOne(String target) throws ConfigException {
        final List<JsonNode> lines = ask(target);
        if (lines.size() != 1) {
            throw new ConfigException("the agent at " + client.socket() + " answers " + target + " with " + lines.size()
                    + " lines, not 1; it is of another version than this command");
        }
        return lines.getFirst();
    }

    private <T> T understood(Reading<T> reading) throws ConfigException {
        try {
            return reading.read();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "the agent at " + client.socket() + " is of another version than this command: " + e.getMessage(),
                    e);
        }
    }

    private interface Reading<T> {
        T read() throws ConfigException;
    }

    List<ServiceRow> services() throws ConfigException {
        return understood(() -> ask("/services").stream().map(ServiceRow::read).toList());
    }

    /** Returns the plan in force. */
    PlanReader plan() throws ConfigException {
        return understood(() -> {
            final List<JsonNode> lines = ask("/plan");
            final PlanReader plan = new PlanReader(lines.getFirst());
            lines.subList(1, lines.size()).forEach(plan::add);
            return plan;
        });
    }

    /** Returns the version of the plan in force. */
    long planVersion() throws ConfigException {
        return understood(() -> askOne("/status").required("planVersion").asLong());
    }

    /** Returns the agent's current problems. */
    List<Problem> problems() throws ConfigException {
        return understood(() -> {
            final List<Problem> problems = new ArrayList<>();
            askOne("/status").required("problems").forEach(json -> problems.add(Problem.read(json)));
            return problems;
        });
    }

    /** Returns the agent's settings, by key. */
    Map<String, String> settings() throws ConfigException {
        final Map<String, String> settings = new LinkedHashMap<>();
        askOne("/settings")
                .properties()
                .forEach(setting ->
                        settings.put(setting.getKey(), setting.getValue().asText()));
        return settings;
    }

    /** Returns the addresses of the agent's host. */
    HostAddresses host() throws ConfigException {
        return understood(() -> {
            final JsonNode json = askOne("/host");
            final Set<IpAddress> own = new HashSet<>();
            json.required("own").forEach(address -> own.add(IpAddress.parse(address.asText())));
            final Map<IpAddress, String> taken = new HashMap<>();
            json.required("taken")
                    .properties()
                    .forEach(one -> taken.put(
                            IpAddress.parse(one.getKey()), one.getValue().asText()));
            return new HostAddresses(own, taken);
        });
    }

    /**
     * Passes on the agent's connections, one by one.
     *
     * @param limit maximum number of connections
     * @return whether there are more
     */
    boolean flows(FlowFilter filter, int limit, Consumer<FlowRecord> flows) throws ConfigException {
        final String target = "/flows?limit=" + limit + query(filter);
        final boolean[] isLimited = {false};
        understood(() -> {
            client.ask(target, line -> {
                final JsonNode json = parse(line);
                if (json.has("shown")) {
                    isLimited[0] = json.required("limited").asBoolean();
                } else {
                    flows.accept(FlowJson.read(json));
                }
                return true;
            });
            return true;
        });
        return isLimited[0];
    }

    /** Consumer of connections as they come and go. */
    interface Follower {
        /** Takes one change; returns whether more are wanted. */
        boolean changed(FlowChange change) throws ConfigException;

        /** Called twice a second, with or without changes; returns whether more are wanted. */
        default boolean tick() throws ConfigException {
            return true;
        }

        /** Called when all that came was handed on, before more is waited for. */
        default void waiting() {}

        /** Reports the number of losses so far; each may be many connections. */
        void lost(long times);
    }

    /** Passes on connections as they come and go, until the follower has enough. */
    void follow(FlowFilter filter, Follower follower) throws ConfigException {
        understood(() -> {
            client.ask("/flows/follow?" + query(filter), new ControlClient.LineConsumer() {
                @Override
                public boolean accept(String line) throws IOException, ConfigException {
                    final JsonNode json = parse(line);
                    if (json.has("losses")) {
                        follower.lost(json.get("losses").asLong());
                    }
                    return json.has("event") ? follower.changed(FlowJson.readChange(json)) : follower.tick();
                }

                @Override
                public void waiting() {
                    follower.waiting();
                }
            });
            return true;
        });
    }

    private static String query(FlowFilter filter) {
        final StringBuilder query = new StringBuilder();
        filter.words().forEach((name, value) -> query.append('&')
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return query.toString();
    }

    private static JsonNode parse(String line) throws JsonProcessingException {
        return JSON.readTree(line);
    }
}
