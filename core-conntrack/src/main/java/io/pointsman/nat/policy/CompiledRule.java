package io.pointsman.nat.policy;

import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.nat.counters.ServicePortCounts;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Origin;
import io.pointsman.plan.Rule;
import org.jspecify.annotations.Nullable;

/** A rule compiled for the packet path. Immutable; replaced whole. */
public final class CompiledRule {
    /** The rule's decision for one origin. */
    public static final class Step {
        final Action action;
        public final @Nullable CompiledPool pool;
        final boolean masquerade;
        final Verdict verdict; // unless the pool decides otherwise
        final Reason reason;

        Step(Action action, @Nullable CompiledPool pool, boolean masquerade) {
            this.action = action;
            this.pool = pool;
            this.masquerade = masquerade;
            switch (action) {
                case Action.Forward _ -> {
                    verdict = Verdict.FORWARD;
                    reason = Reason.NEW_FLOW;
                }
                case Action.Drop _ -> {
                    verdict = Verdict.DROP;
                    reason = Reason.RULE_DROP;
                }
                case Action.Reject _ -> {
                    verdict = Verdict.REJECT;
                    reason = Reason.RULE_REJECT;
                }
                case Action.Pass _ -> {
                    verdict = Verdict.PASS;
                    reason = Reason.RULE_PASS;
                }
            }
        }
    }

    public final Rule rule;
    final int protocol; // IANA number
    final boolean ipv4;
    final long high;
    final long low;
    final int port;
    final AddressRanges allowedSources;
    final boolean isForAllSources;
    public final boolean hasAffinity;
    final long affinityNanos;
    final int servicePortId; // of the owning service port: affinity is shared by all its frontends
    public final ServicePortCounts counts; // of the owning service port
    private final Step fromLocalPod;
    private final Step fromNode;
    private final Step fromExternal;

    CompiledRule(
            Rule rule,
            int servicePortId,
            ServicePortCounts counts,
            Step fromLocalPod,
            Step fromNode,
            Step fromExternal) {
        final Frontend frontend = rule.frontend();
        this.rule = rule;
        this.servicePortId = servicePortId;
        this.counts = counts;
        this.fromLocalPod = fromLocalPod;
        this.fromNode = fromNode;
        this.fromExternal = fromExternal;
        protocol = frontend.protocol().number();
        ipv4 = frontend.vip().isIpv4();
        high = frontend.vip().high();
        low = frontend.vip().low();
        port = frontend.port();
        allowedSources = new AddressRanges(rule.allowedSources());
        isForAllSources = allowedSources.isEmpty();
        hasAffinity = rule.affinity().isPresent();
        affinityNanos = rule.affinity().map(timeout -> timeout.toNanos()).orElse(0L);
    }

    boolean isFor(int otherProtocol, boolean isIpv4, long otherHigh, long otherLow, int otherPort) {
        return low == otherLow && port == otherPort && high == otherHigh && protocol == otherProtocol && ipv4 == isIpv4;
    }

    public Step step(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> fromLocalPod;
            case NODE -> fromNode;
            case EXTERNAL -> fromExternal;
        };
    }
}
