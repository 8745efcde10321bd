package io.pointsman.spi.nftables.kernel;

import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What changes of one service port, which is one transaction or part of one. */
record ServiceChange(ServicePortName owner, List<Step> steps) {
    /** A rule that came (no before), went (no after) or changed (both). */
    record Step(
            Frontend frontend,
            @Nullable Rule before,
            @Nullable Rule after) {}

    /** Steps by service port, in their order; a frontend that goes from one to another is with the one that gets it. */
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
