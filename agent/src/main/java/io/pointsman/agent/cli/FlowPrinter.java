package io.pointsman.agent.cli;

import io.pointsman.agent.look.FlowJson;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Prints connections as they come and go, a line each. Used by one thread. */
final class FlowPrinter implements RunningAgent.Follower {
    private static final String COLUMNS = "%-5s %-28s %-5s %-22s %-22s %-22s %12s %12s%n";

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean asJson;
    private final @Nullable Integer limit;
    private int printed;

    /** @param limit number of events to print; null for no limit */
    FlowPrinter(PrintWriter out, PrintWriter err, boolean asJson, @Nullable Integer limit) {
        this.out = out;
        this.err = err;
        this.asJson = asJson;
        this.limit = limit;
        if (!asJson) {
            out.printf(COLUMNS, "EVENT", "SERVICE", "PROTO", "CLIENT", "DIALS", "ENDPOINT", "BYTES IN", "BYTES OUT");
            out.flush();
        }
    }

    @Override
    public boolean changed(FlowChange change) {
        if (asJson) {
            out.print(FlowJson.of(change) + "\n");
        } else {
            print(change);
        }
        printed++;
        return limit == null || printed < limit;
    }

    @Override
    public void waiting() {
        out.flush();
    }

    private void print(FlowChange change) {
        final FlowRecord flow = change.flow();
        final boolean isOver = change.kind() == FlowChange.Kind.GONE;
        out.printf(
                COLUMNS,
                isOver ? "gone" : "new",
                flow.owner().map(owner -> owner.service().toString()).orElse("-"),
                flow.original().protocol(),
                flow.original().source().withPort(flow.original().sourcePort()),
                flow.original().destination().withPort(flow.original().destinationPort()),
                flow.reply().source().withPort(flow.reply().sourcePort()),
                isOver ? String.valueOf(flow.bytesOut()) : "-",
                isOver ? String.valueOf(flow.bytesBack()) : "-");
    }

    @Override
    public void lost(long times) {
        err.println("pointsman: connections came and went faster than they could be printed; some are missing (" + times
                + " times so far)");
    }
}
