package io.pointsman.nat;

import io.pointsman.plan.Action;
import io.pointsman.plan.Origin;
import org.jspecify.annotations.Nullable;

/** What was decided about a first packet, step by step: written by {@link Decider}, reused by its thread. */
final class Decision {
    Verdict verdict = Verdict.PASS;
    Reason reason = Reason.NOT_OURS;

    @Nullable
    CompiledRule rule;

    @Nullable
    Origin origin;

    @Nullable
    Action action;

    @Nullable
    CompiledPool pool;

    boolean isForeseen; // made ahead, and stands
    boolean masquerade; // asked for by the rule
    boolean hairpin;
    boolean fromAffinity;
    long replyHash; // of the tuple that answers have, unless the source changes; of a decision made ahead
    int position = CompiledPool.NO_ENDPOINT;
    int udpLosses; // CompiledPlan#udpLosses, from before the rule was looked up

    void clear() {
        rule = null;
        origin = null;
        action = null;
        pool = null;
        isForeseen = false;
        masquerade = false;
        hairpin = false;
        fromAffinity = false;
        position = CompiledPool.NO_ENDPOINT;
    }

    void settle(Verdict settledVerdict, Reason settledReason) {
        verdict = settledVerdict;
        reason = settledReason;
    }
}
