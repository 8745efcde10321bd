package io.pointsman.agent.dashboard;

import io.pointsman.plan.ForwardingPlan;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is made of a plan, made once for as long as that plan is in force. One thread. */
final class PlanMemo<T> {
    private final Function<ForwardingPlan, T> make;
    private @Nullable Made<T> last;

    private record Made<T>(ForwardingPlan plan, T value) {}

    PlanMemo(Function<ForwardingPlan, T> make) {
        this.make = make;
    }

    @SuppressWarnings("ReferenceEquality") // a plan is replaced whole, and to compare two takes long
    T of(ForwardingPlan plan) {
        final Made<T> known = last;
        if (known != null && known.plan() == plan) {
            return known.value();
        }
        final Made<T> made = new Made<>(plan, make.apply(plan));
        last = made;
        return made.value();
    }
}
