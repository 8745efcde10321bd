package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.ChainWriter;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.RulesetGeneration;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writer of one family's rules to the kernel, which leaves out the rules that the host refuses. Not thread-safe. */
public final class FamilyWriter {
    private static final Logger LOG = LoggerFactory.getLogger(FamilyWriter.class);
    private static final Metric RULES =
            new Metric("kubeproxy_sync_proxy_rules_iptables_total", "iptables rules that this agent has in the kernel");
    private static final Metric RULES_LAST =
            new Metric("kubeproxy_sync_proxy_rules_iptables_last", "iptables rules that the last write wrote");

    /**
     * Maximum number of commits in one write. It is enough to find a dozen bad rules among 50,000; rules that are not
     * separated by then are refused together.
     */
    private static final int MAX_ATTEMPTS = 200;

    /** Minimum time between two tries of refused rules, so that they are not tried with each of a hundred plans a second. */
    private static final long RETRY_NANOS = 5_000_000_000L;

    private final FamilyRules rules;
    private final Flavour flavour;
    private final ChainWriter chains;
    private final Map<Frontend, Refused> refused = new LinkedHashMap<>();
    private final Set<Frontend> foundFrontends = new HashSet<>();
    /** Whether a write was interrupted, so that the rules are not those of its plan. */
    private boolean isBehind;

    private long triedNanos = System.nanoTime() - RETRY_NANOS;
    private int attemptsLeft;

    /** Rule that the host refuses, with its error. */
    private record Refused(Rule rule, String reason) {}

    /** Change of one frontend's rule; null stands for no rule. */
    record Step(@Nullable Rule before, @Nullable Rule after) {}

    public FamilyWriter(
            FamilyRules rules, Flavour flavour, IptablesHost kernel, Ledger ledger, RulesetGeneration generation) {
        this.rules = rules;
        this.flavour = flavour;
        this.chains = new ChainWriter(
                kernel.rules(), Table.LAYOUT, flavour, rules.family(), rules.tables(), ledger, generation);
    }

    public IpFamily family() {
        return rules.family();
    }

    /** Makes the next write read our rules first, because another program may have changed them. */
    public void invalidate() {
        chains.invalidate();
    }

    /**
     * Writes the given steps, and the changes made directly to {@link #rules}.
     *
     * @return number of chains and hooks written
     * @throws IOException if the host refuses everything; the rules are as before the steps
     */
    public int write(List<Step> wanted) throws IOException {
        chains.takeChanges();
        isBehind = true;
        attemptsLeft = MAX_ATTEMPTS;
        final List<Step> steps = wanted.stream().map(this::fromHere).toList();
        final List<Step> again = refused.values().stream()
                .map(each -> new Step(null, each.rule()))
                .toList();
        take(steps);
        final boolean wasInStep = chains.isInStep();
        String complaint = commitOrUndo(steps);
        if (complaint != null && wasInStep) {
            complaint = commitOrUndo(steps); // the kernel may differ from our state: the next try reads it
        }
        if (complaint != null) {
            undo(steps);
            final String without = tryCommit();
            if (without != null) {
                invalidate();
                throw new IOException(flavour.restore(family()) + " refuses everything: " + without);
            }
            narrow(steps, complaint);
        }
        if (!again.isEmpty() && (wanted.isEmpty() || System.nanoTime() - triedNanos >= RETRY_NANOS)) {
            attempt(again);
            triedNanos = System.nanoTime();
        }
        isBehind = false;
        return chains.takeChanges();
    }

    /** Reads the rules and writes those that differ; returns the number of chains and hooks written. */
    public int rewrite() throws IOException {
        final boolean wasBehind = isBehind;
        invalidate();
        final int written = write(List.of());
        isBehind = wasBehind;
        return written;
    }

    /** Returns a step without its old rule if that was refused, because it is not in the kernel. */
    private Step fromHere(Step step) {
        final Rule before = step.before();
        final boolean wasRefused = before != null && refused.remove(before.frontend()) != null;
        if (step.after() != null) {
            refused.remove(step.after().frontend());
        }
        return wasRefused ? new Step(null, step.after()) : step;
    }

    private void take(List<Step> steps) {
        steps.forEach(step -> move(step.before(), step.after()));
    }

    private void undo(List<Step> steps) {
        steps.reversed().forEach(step -> move(step.after(), step.before()));
    }

    private void move(@Nullable Rule from, @Nullable Rule to) {
        if (from != null) {
            rules.remove(from);
        }
        if (to != null) {
            rules.put(to);
        }
    }

    /** Writes as many of the steps as the host accepts. Must be called without them in the kernel. */
    private void attempt(List<Step> steps) throws IOException {
        take(steps);
        final String complaint = commitOrUndo(steps);
        if (complaint != null) {
            undo(steps);
            narrow(steps, complaint);
        }
    }

    private void narrow(List<Step> steps, String complaint) throws IOException {
        if (steps.size() > 1 && attemptsLeft > 0) {
            final int middle = steps.size() / 2;
            attempt(steps.subList(0, middle));
            attempt(steps.subList(middle, steps.size()));
            return;
        }
        final String reason = steps.size() == 1
                ? complaint
                : complaint + " (at least one of these " + steps.size() + " rules is the cause)";
        for (Step step : steps) {
            // The old rule must not stay in force, because its endpoints may be gone.
            move(step.before(), null);
            final Rule after = step.after();
            if (after != null) {
                refused.put(after.frontend(), new Refused(after, reason));
                LOG.warn("iptables: rule for {} of {} is refused: {}", after.frontend(), after.owner(), reason);
            }
        }
        final String still = tryCommit();
        if (still != null) {
            throw new IOException(flavour.restore(family()) + " refuses even to remove rules: " + still);
        }
    }

    /** Commits as {@link #tryCommit} does; if the outcome is unknown, undoes the steps and throws. */
    private @Nullable String commitOrUndo(List<Step> steps) throws IOException {
        try {
            return tryCommit();
        } catch (IOException e) {
            undo(steps);
            throw e;
        }
    }

    /** Writes the changes to the kernel; returns null on success, else the host's error. */
    private @Nullable String tryCommit() throws IOException {
        attemptsLeft--;
        rules.render();
        return chains.write(found ->
                foundFrontends.addAll(FoundFrontends.in(Table.NAT.in(found).chains(), family())));
    }

    /** Returns one sentence for each difference between the kernel's rules and those written; a long list is cut short. */
    public List<String> differences() throws IOException {
        return chains.differences();
    }

    /** Number of rules in the kernel, and of rules in the last write; empty before the first write. */
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>();
        chains.rules().forEach((table, count) -> all.add(gauge(RULES, table, count)));
        chains.lastWritten().forEach((table, count) -> all.add(gauge(RULES_LAST, table, count)));
        return all;
    }

    private Measurement gauge(Metric metric, String table, int count) {
        return new Measurement.Gauge(metric, Map.of("ip_family", family().toString(), "table", table), count);
    }

    /** Number of rules in force. */
    public int size() {
        return rules.size();
    }

    public List<RuleProblem> problems() {
        final List<RuleProblem> problems = new ArrayList<>(rules.problems());
        refused.values()
                .forEach(each -> problems.add(new RuleProblem(
                        each.rule().frontend(),
                        each.rule().owner(),
                        RuleProblem.Kind.REFUSED,
                        "iptables refuses it: " + each.reason() + "; retried with each plan")));
        return problems;
    }

    /** Returns the frontends found in rules read from the kernel since the last call. */
    public Set<Frontend> takeFoundFrontends() {
        final Set<Frontend> taken = Set.copyOf(foundFrontends);
        foundFrontends.clear();
        return taken;
    }

    /** Returns the chains whose counters may have restarted since the last call. */
    Set<String> takeRewritten() {
        return chains.takeRewritten();
    }

    /** Whether a write was interrupted, so that a delta does not apply. */
    public boolean isBehind() {
        return isBehind;
    }

    /** Returns the steps from the present rules to a plan, if no delta applies. */
    public List<Step> stepsTo(ForwardingPlan plan) {
        final Map<Frontend, Rule> now = rules.byFrontend();
        final List<Step> steps = new ArrayList<>();
        now.forEach((frontend, rule) -> {
            if (!plan.rules().containsKey(frontend)) {
                steps.add(new Step(rule, null));
            }
        });
        plan.rules().forEach((frontend, rule) -> {
            final Rule before = now.get(frontend);
            if (frontend.family() == family() && !rule.equals(before)) {
                steps.add(new Step(before, rule));
            }
        });
        refused.keySet().retainAll(plan.rules().keySet());
        return steps;
    }

    /** Returns the steps of a delta that concern this family. */
    public List<Step> stepsOf(PlanDelta delta) {
        return delta.rules().stream()
                .filter(change -> change.frontend().family() == family())
                .map(change -> new Step(change.before(), change.after()))
                .toList();
    }

    public FamilyRules rules() {
        return rules;
    }
}
