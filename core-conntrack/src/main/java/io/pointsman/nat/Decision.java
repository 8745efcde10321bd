package io.pointsman.nat;

import io.pointsman.plan.Action;
import io.pointsman.plan.Origin;
import org.jspecify.annotations.Nullable;

/** Decision about a first packet, filled in step by step by {@link Decider}. A mutable flyweight of its thread. */
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

    boolean isPrecomputed; // made speculatively, and still holds
    boolean masquerade; // asked for by the rule
    boolean hairpin;
    boolean fromAffinity;
    long replyHash; // hash of the expected reply tuple; valid when isPrecomputed
    int position = CompiledPool.NO_ENDPOINT;
    int udpLosses; // CompiledPlan#udpLosses, from before the rule was looked up

    void clear() {
        rule = null;
        origin = null;
        action = null;
        pool = null;
        isPrecomputed = false;
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
