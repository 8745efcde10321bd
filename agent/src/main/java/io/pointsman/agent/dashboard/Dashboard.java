package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Answer;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.http.Responder;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.Capabilities;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dashboard at {@code /dashboard/}: its files, the JSON that they request, and a stream of news. Passes other paths
 * on to another responder. Read-only.
 */
public final class Dashboard implements Responder, AutoCloseable {
    static final int MAX_STREAMS = 8;

    private static final String ROOT = "/dashboard";
    private static final Reply REFUSED =
            Reply.text(405, "the page is read-only: use GET\n").with("Allow", "GET, HEAD");

    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);

    private final Responder others;
    private final Supplier<AgentStatus> status;
    private final Assets assets = new Assets();
    private final Worker worker = new Worker();
    private final FlowFeed feed;
    private final AtomicInteger streams = new AtomicInteger();
    private final ServiceTable table; // this and the following fields: only the worker
    private final ServiceAnswers answers = new ServiceAnswers();
    private final ServiceProblems problems = new ServiceProblems();
    private final ServiceDetail detail;
    private final ExplainDesk desk;
    private final GaugeHistory history = new GaugeHistory();

    /**
     * Creates the dashboard and starts to sample the gauges.
     *
     * @param others responds to all other paths
     * @param mode the name of the backend
     * @param status called from the first request on
     * @param capabilities of the backend
     */
    public Dashboard(
            Responder others, String mode, Supplier<AgentStatus> status, Backend backend, Capabilities capabilities) {
        this.others = others;
        this.status = status;
        feed = new FlowFeed(backend::watchFlows);
        table = new ServiceTable(backend::figures, System::nanoTime);
        detail = new ServiceDetail(mode);
        desk = new ExplainDesk(capabilities);
        final GaugeReader gauges = new GaugeReader(backend);
        worker.repeat(GaugeHistory.PERIOD, () -> {
            history.add(gauges.read());
            desk.rest();
            table.rest();
        });
    }

    @Override
    public Answer respond(Request request) {
        if (request.path().equals(ROOT)) {
            return SafeHeaders.on(new Reply(308, "", Map.of("Location", ROOT + "/"), ""));
        }
        if (!request.path().startsWith(ROOT + "/")) {
            return others.respond(request);
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return SafeHeaders.on(REFUSED);
        }
        return page(request, request.path().substring(ROOT.length() + 1));
    }

    private Answer page(Request request, String name) {
        return switch (name) {
            case "api/services" ->
                worker.ask(() -> {
                    final ServiceQuery query = ServiceQuery.parse(request);
                    final int have = Parameters.number(request, "have", ServiceAnswers.NONE, 0, Integer.MAX_VALUE);
                    final AgentStatus now = status.get();
                    return answers.answer(query, table.window(query, inForce(now), problems(now)), have);
                });
            case "api/service" ->
                worker.ask(() -> {
                    final AgentStatus now = status.get();
                    final ObjectName service = Parameters.service(request);
                    return detail.answer(
                            service,
                            problems(now).getOrDefault(service, List.of()),
                            inForce(now),
                            table.of(service, inForce(now), problems(now)));
                });
            case "api/problems" ->
                worker.ask(() -> ServiceProblems.answer(status.get().problems()));
            case "api/explain" ->
                worker.ask(() -> {
                    final AgentStatus now = status.get();
                    return desk.answer(request, now, inForce(now), problems(now));
                });
            case "api/gauges" -> worker.ask(history::answer);
            case "live" -> live(request);
            default ->
                SafeHeaders.on(
                        assets.file(name).orElseGet(() -> Reply.text(404, "the page has nothing of this name\n")));
        };
    }

    private Map<ObjectName, List<Problem>> problems(AgentStatus now) {
        return problems.byService(now.problems());
    }

    private static ForwardingPlan inForce(AgentStatus now) throws BackendException {
        return now.plan().orElseThrow(() -> new BackendException("no plan is in force yet; the problems say why"));
    }

    private Answer live(Request request) {
        if (request.isHttp10() || request.method().equals("HEAD")) {
            return SafeHeaders.on(Reply.text(400, "a stream of events takes GET and HTTP/1.1\n"));
        }
        final FlowFilter filter;
        try {
            filter = FlowFilter.parse(request.parameters());
        } catch (IllegalArgumentException e) {
            return SafeHeaders.on(Reply.text(400, e.getMessage() + "\n"));
        }
        if (streams.incrementAndGet() > MAX_STREAMS) {
            streams.decrementAndGet();
            return SafeHeaders.on(Reply.text(503, MAX_STREAMS + " pages are open already; close one\n"));
        }
        return request.parameter("flows").isPresent()
                ? LiveStream.withFlows(status, feed, filter, position(request.lastEventId()), streams::decrementAndGet)
                : LiveStream.ofState(status, streams::decrementAndGet);
    }

    /** Parses the position that the page has; negative if it has none, or one that no stream sends. */
    private static long position(String lastEventId) {
        try {
            return Long.parseLong(lastEventId);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    @Override
    public void close() {
        feed.close();
        if (worker.end()) {
            desk.close();
        } else {
            LOG.warn("the dashboard has not finished an answer, the agent ends without it");
        }
    }
}
