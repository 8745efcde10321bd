package io.pointsman.spi.nftables.kernel;

import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes of one service port, which are committed in one transaction. */
record ServiceChange(ServicePortName owner, List<Step> steps) {
    /** A rule that was added (no before), removed (no after) or changed (both). */
    record Step(
            Frontend frontend,
            @Nullable Rule before,
            @Nullable Rule after) {}

    /**
     * Groups steps by service port, in order; a frontend that moves between service ports belongs to the one that gets it.
     */
    static List<ServiceChange> group(List<Step> steps) {
        final Map<ServicePortName, ServiceChange> groups = new LinkedHashMap<>();
        for (Step step : steps) {
            final Rule named = step.after() == null ? step.before() : step.after();
            if (named != null) {
                groups.computeIfAbsent(named.owner(), owner -> new ServiceChange(owner, new ArrayList<>()))
                        .steps()
                        .add(step);
            }
        }
        return List.copyOf(groups.values());
    }
}
