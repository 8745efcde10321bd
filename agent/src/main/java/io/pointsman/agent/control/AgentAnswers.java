package io.pointsman.agent.control;

import io.pointsman.agent.json.Json;
import io.pointsman.agent.json.JsonLine;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.FlowJson;
import io.pointsman.agent.look.PlanWriter;
import io.pointsman.agent.look.ServiceRow;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The agent's replies at its control socket, by path. Thread-safe. */
public final class AgentAnswers implements ControlResponder {
    /** Number of connections listed if the request names no limit. */
    public static final int USUAL_FLOWS = 10_000;

    /** Maximum number of connections listed. */
    public static final int MAX_FLOWS = 1_000_000;

    private static final Duration SIGN_OF_LIFE = Duration.ofMillis(500);

    /**
     * Minimum time between two readings of figures, for all clients together: a backend may have to read the kernel's
     * whole table.
     */
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Supplier<AgentStatus> status;
    private final Backend backend;
    private final Supplier<Map<String, String>> settings;
    private final Host host;
    private @Nullable Reading last; // guarded by this

    private record Reading(List<ServiceFigures> figures, long nanos) {}

    /** Reads the addresses of the host. */
    @FunctionalInterface
    public interface Host {
        HostAddresses read() throws IOException;
    }

    /** @param settings in force, as text by key */
    public AgentAnswers(
            Supplier<AgentStatus> status, Backend backend, Supplier<Map<String, String>> settings, Host host) {
        this.status = status;
        this.backend = backend;
        this.settings = settings;
        this.host = host;
    }

    @Override
    public void respond(ControlRequest request, ControlAnswer answer)
            throws UnknownPathException, BackendException, IOException {
        switch (request.path()) {
            case "/status" -> answer.line(status.get().toJson());
            case "/settings" -> answer.line(settings());
            case "/host" -> answer.line(host());
            case "/services" -> services(answer);
            case "/plan" -> plan(answer);
            case "/flows" -> flows(request, answer);
            case "/flows/follow" -> follow(request, answer);
            default ->
                throw new UnknownPathException("this path does not exist; the paths are /status, /settings, /host,"
                        + " /services, /plan, /flows and /flows/follow");
        }
    }

    private ForwardingPlan inForce() throws BackendException {
        return status.get()
                .plan()
                .orElseThrow(() -> new BackendException("no plan is in force yet; the agent's /status says why"));
    }

    private String settings() {
        return Json.object(json -> {
            for (Map.Entry<String, String> setting : settings.get().entrySet()) {
                json.writeStringField(setting.getKey(), setting.getValue());
            }
        });
    }

    private String host() throws IOException {
        final HostAddresses addresses = host.read();
        return Json.object(json -> {
            json.writeArrayFieldStart("own");
            for (IpAddress address : addresses.own().stream().sorted().toList()) {
                json.writeString(address.toString());
            }
            json.writeEndArray();
            json.writeObjectFieldStart("taken");
            for (Map.Entry<IpAddress, String> taken : new TreeMap<>(addresses.taken()).entrySet()) {
                json.writeStringField(taken.getKey().toString(), taken.getValue());
            }
            json.writeEndObject();
        });
    }

    private void services(ControlAnswer answer) throws BackendException, IOException {
        for (ServiceRow row : ServiceRow.of(inForce(), figures())) {
            answer.line(row.toJson());
        }
    }

    private synchronized List<ServiceFigures> figures() throws BackendException {
        final long now = System.nanoTime();
        if (last == null || now - last.nanos() > MAX_AGE_NANOS) {
            last = new Reading(backend.figures(), now);
        }
        return last.figures();
    }

    private void plan(ControlAnswer answer) throws BackendException, IOException {
        final PlanWriter plan = new PlanWriter(status.get().mode(), inForce());
        answer.line(plan.node());
        for (ObjectName service : plan.services()) {
            answer.line(plan.service(service));
        }
    }

    /** Writes a line for each connection, then one that says whether there are more. */
    private void flows(ControlRequest request, ControlAnswer answer) throws BackendException, IOException {
        final FlowFilter filter = FlowFilter.parse(request.parameters());
        final int limit = limit(request);
        final JsonLine line = new JsonLine();
        int shown = 0;
        boolean isMore = false;
        try (Stream<FlowRecord> flows = backend.flows()) {
            for (Iterator<FlowRecord> all = flows.iterator(); !isMore && all.hasNext(); ) {
                final FlowRecord flow = all.next();
                if (filter.admits(flow)) {
                    isMore = shown == limit;
                    if (!isMore) {
                        FlowJson.write(line, flow);
                        answer.line(line);
                        shown++;
                    }
                }
            }
        } catch (UncheckedIOException e) {
            throw new BackendException("connections could not be listed completely: " + e.getMessage(), e);
        }
        final int count = shown;
        final boolean isLimited = isMore;
        answer.line(Json.object(json -> {
            json.writeNumberField("shown", count);
            json.writeBooleanField("limited", isLimited);
        }));
    }

    /**
     * Writes a line for each connection that comes or goes, until the client closes. An empty object from time to time
     * shows the client that the agent is still there, and makes a write fail if the client is gone.
     */
    private void follow(ControlRequest request, ControlAnswer answer) throws BackendException, IOException {
        final FlowFilter filter = FlowFilter.parse(request.parameters());
        try (FlowWatch watch = backend.watchFlows()) {
            long losses = 0;
            long toldNanos = System.nanoTime();
            final List<FlowChange> changes = new ArrayList<>();
            final JsonLine line = new JsonLine();
            answer.line("{}");
            while (true) { // ends: writing to a client that is gone throws
                answer.flush();
                watch.next(SIGN_OF_LIFE, changes::add);
                for (FlowChange change : changes) {
                    if (filter.admits(change.flow())) {
                        FlowJson.write(line, change);
                        answer.line(line);
                    }
                }
                changes.clear();
                if (watch.losses() > losses) {
                    losses = watch.losses();
                    final long now = losses;
                    answer.line(Json.object(json -> json.writeNumberField("losses", now)));
                }
                if (System.nanoTime() - toldNanos >= SIGN_OF_LIFE.toNanos()) {
                    toldNanos = System.nanoTime();
                    answer.line("{}");
                }
            }
        }
    }

    private static int limit(ControlRequest request) {
        final String text = request.parameter("limit").orElse(String.valueOf(USUAL_FLOWS));
        try {
            final int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_FLOWS) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // reported below
        }
        throw new IllegalArgumentException("limit: \"" + text + "\" is not in 1.." + MAX_FLOWS);
    }
}
