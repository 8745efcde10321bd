package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.EventStream;
import io.pointsman.agent.json.Json;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.FlowJson;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.FlowChange;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Event stream of one open page: the agent's state every 2 s ({@code event: state}) and, if the page shows connections,
 * their changes ({@code event: flows}).
 */
final class LiveStream implements EventStream {
    private static final long STATE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long FLOWS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int MAX_FLOWS = 40; // each is below 1 KiB, which bounds a frame

    private final Supplier<AgentStatus> status;
    private final Runnable whenClosed;
    private final Optional<Flows> flows;
    private long stateNanos = System.nanoTime() - STATE_NANOS;
    private boolean closed;

    private static final class Flows {
        private final FlowFeed feed;
        private final FlowFilter filter;
        private long position;
        private long nanos = System.nanoTime() - FLOWS_NANOS;
        private String told = "";

        Flows(FlowFeed feed, FlowFilter filter, long position) {
            this.feed = feed;
            this.filter = filter;
            this.position = position;
        }

        /** Returns the next event; empty if nothing is new. Its id lets a page that reconnects continue from there. */
        String next() {
            nanos = System.nanoTime();
            final FlowFeed.Batch batch = feed.since(position, filter, MAX_FLOWS);
            position = batch.position();
            final String body = Json.object(json -> {
                json.writeNumberField("leftOut", batch.leftOut());
                json.writeNumberField("losses", batch.losses());
                json.writeStringField("trouble", batch.trouble().orElse(""));
                json.writeArrayFieldStart("changes");
                for (FlowChange change : batch.changes()) {
                    json.writeRawValue(FlowJson.of(change));
                }
                json.writeEndArray();
            });
            final boolean isNews = !body.equals(told);
            told = batch.changes().isEmpty() && batch.leftOut() == 0 ? body : "";
            return isNews ? "event: flows\nid: " + position + "\ndata: " + body + "\n\n" : "";
        }
    }

    private LiveStream(Supplier<AgentStatus> status, Optional<Flows> flows, Runnable whenClosed) {
        this.status = status;
        this.flows = flows;
        this.whenClosed = whenClosed;
    }

    /** @param whenClosed called once */
    static LiveStream ofState(Supplier<AgentStatus> status, Runnable whenClosed) {
        return new LiveStream(status, Optional.empty(), whenClosed);
    }

    /**
     * Creates a stream that also has connections.
     *
     * @param lastSeen the position after the last change that the page has; negative for none
     */
    static LiveStream withFlows(
            Supplier<AgentStatus> status, FlowFeed feed, FlowFilter filter, long lastSeen, Runnable whenClosed) {
        feed.enter();
        return new LiveStream(
                status, Optional.of(new Flows(feed, filter, lastSeen < 0 ? feed.position() : lastSeen)), whenClosed);
    }

    @Override
    public Optional<String> next() {
        final StringBuilder frame = new StringBuilder();
        final long now = System.nanoTime();
        if (now - stateNanos >= STATE_NANOS) {
            stateNanos = now;
            frame.append("retry: 300\nevent: state\ndata: ")
                    .append(state(status.get()))
                    .append("\n\n");
        }
        flows.filter(some -> now - some.nanos >= FLOWS_NANOS).ifPresent(some -> frame.append(some.next()));
        return frame.isEmpty() ? Optional.empty() : Optional.of(frame.toString());
    }

    private static String state(AgentStatus status) {
        final long errors = ServiceProblems.errors(status.problems());
        return Json.object(json -> {
            json.writeStringField("mode", status.mode());
            json.writeStringField("node", status.node());
            json.writeBooleanField("healthy", status.healthy());
            json.writeNumberField(
                    "planVersion", status.plan().map(ForwardingPlan::version).orElse(ForwardingPlan.EMPTY_VERSION));
            json.writeNumberField(
                    "rules", status.plan().map(plan -> plan.rules().size()).orElse(0));
            json.writeNumberField(
                    "rulesInForce",
                    status.report().map(ApplyReport::rulesInForce).orElse(0));
            json.writeNumberField("errors", errors);
            json.writeNumberField("warnings", status.problems().size() - errors);
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            flows.ifPresent(some -> some.feed.leave());
            whenClosed.run();
        }
    }
}
