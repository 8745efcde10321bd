package io.pointsman.nat.policy;

import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.Action;
import io.pointsman.plan.Origin;
import org.jspecify.annotations.Nullable;

/** Decision about a first packet, filled in step by step by {@link Decider}. A mutable flyweight, one for each thread. */
public final class Decision {
    public Verdict verdict = Verdict.PASS;
    public Reason reason = Reason.NOT_OURS;

    @Nullable
    public CompiledRule rule;

    @Nullable
    public Origin origin;

    @Nullable
    public Action action;

    @Nullable
    public CompiledPool pool;

    public boolean isPrecomputed; // made speculatively and still valid
    public boolean masquerade; // asked for by the rule
    public boolean hairpin;
    public boolean fromAffinity;
    public long replyHash; // hash of the expected reply tuple; valid when isPrecomputed
    public int position = CompiledPool.NO_ENDPOINT;
    public int udpLosses; // CompiledPlan#udpLosses, read before the rule was looked up

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

    public void settle(Verdict settledVerdict, Reason settledReason) {
        verdict = settledVerdict;
        reason = settledReason;
    }
}
