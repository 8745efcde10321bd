package com.example.plainnft;

import io.pointsman.linux.KernelException;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.Shortfall;
import io.pointsman.spi.Shortfalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Keeps the rules in force: replaces all of them in one transaction, and only if their text differs. */
final class PlainNftBackend implements Backend {
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private final OwnTables tables;
    private String inForce = ""; // empty if unknown, so that the first plan is written
    private String listed = "";
    private Optional<ForwardingPlan> current = Optional.empty();

    private PlainNftBackend(OwnTables tables) {
        this.tables = tables;
    }

    static PlainNftBackend open(Path stateDirectory) throws BackendException {
        final OwnTables tables = new OwnTables(stateDirectory);
        try {
            final List<String> foreign = tables.foreign();
            if (!foreign.isEmpty()) {
                throw new BackendException("plain-nft: tables " + foreign + " are there and not in our ledger in "
                        + stateDirectory + "; nothing was changed. If they are an earlier run's, delete them");
            }
            return new PlainNftBackend(tables);
        } catch (IOException e) {
            throw failure("could not be opened, nothing was changed", e);
        }
    }

    private static BackendException failure(String outcome, Exception cause) {
        return new BackendException("plain-nft: " + outcome + ": " + cause.getMessage(), cause);
    }

    @Override
    public synchronized ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        int changes = 0;
        try {
            final String wanted = Ruleset.of(plan);
            if (!wanted.equals(inForce)) {
                tables.enter();
                final Nft.Result result = Nft.run(wanted + leftovers(wanted), "-f", "-");
                if (!result.isSuccess()) {
                    throw new IOException(result.complaint());
                }
                changes = Math.max(1, plan.rules().size());
                inForce = wanted;
                listed = list();
            }
        } catch (IOException | IllegalArgumentException e) {
            throw failure("plan " + plan.version() + " is refused, the one before is in force", e);
        }
        current = Optional.of(plan);
        try {
            Connections.removeStale(plan, delta);
        } catch (KernelException e) {
            throw failure(
                    "the rules of plan " + plan.version() + " are in force, stale connections are still there", e);
        }
        return new ApplyReport(plan.version(), plan.rules().size(), changes, problems(plan));
    }

    private static List<RuleProblem> problems(ForwardingPlan plan) {
        final List<RuleProblem> problems = new ArrayList<>();
        for (Rule rule : plan.rules().values()) {
            final List<Shortfall> shortfalls = new ArrayList<>(Shortfalls.of(rule, PlainNftProvider.CAPABILITIES));
            if (rule.frontend().isNodePort() && plan.node().servesNodePorts(LOOPBACK)) {
                shortfalls.add(new Shortfall(Shortfall.Aspect.ADDRESS, "it does not answer on 127.0.0.1"));
            }
            Shortfalls.problem(rule, shortfalls).ifPresent(problems::add);
        }
        return problems;
    }

    private static String leftovers(String wanted) throws IOException {
        final StringBuilder text = new StringBuilder();
        for (String table : Ruleset.TABLES) {
            text.append(Ruleset.withoutOtherChains(table, list(table), wanted));
        }
        return text.toString();
    }

    /** Returns this backend's tables as nft prints them, without counters. */
    private static String list() throws IOException {
        final StringBuilder text = new StringBuilder();
        for (String table : Ruleset.TABLES) {
            text.append(list(table));
        }
        return text.toString();
    }

    private static String list(String table) throws IOException {
        final String[] words = table.split(" ", 2);
        return Nft.run("", "-s", "list", "table", words[0], words[1]).output();
    }

    @Override
    public synchronized AuditReport audit() throws BackendException {
        try {
            if (inForce.isEmpty() || list().equals(listed)) {
                return new AuditReport(List.of());
            }
            inForce = ""; // the next apply writes everything
            return new AuditReport(List.of("another program changed or removed " + String.join(" or ", Ruleset.TABLES)));
        } catch (IOException e) {
            throw failure("the rules can't be read", e);
        }
    }

    @Override
    public synchronized Stream<FlowRecord> flows() throws BackendException {
        try {
            return current.isEmpty() ? Stream.empty() : Connections.stream(current.get());
        } catch (KernelException e) {
            throw failure("connections can't be listed", e);
        }
    }

    @Override
    public synchronized CleanupReport cleanup(boolean dryRun) throws BackendException {
        try {
            final List<String> removed = tables.remove(dryRun);
            if (!dryRun) {
                inForce = "";
            }
            return new CleanupReport(dryRun, removed);
        } catch (IOException e) {
            throw failure("not everything could be removed", e);
        }
    }

    /** Leaves the rules in place, so that connections continue. */
    @Override
    public void close() {}
}
