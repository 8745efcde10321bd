package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.plan.LocalPolicyGaps;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Checks of {@code service-cidrs} and {@code metrics}: other content of a plan. */
final class PlanProbes {
    static final Expectations SERVICE_RANGES = new Expectations()
            .field(
                    "serviceCIDRs",
                    PlanProbes::ranges,
                    world -> Expectations.names(
                            world.plan().node().serviceRanges(world.node().family())));

    static final Expectations METRICS =
            new Expectations().field("servicesWithoutLocalEndpoints", PlanProbes::checkGaps);

    private PlanProbes() {}

    private static Set<String> ranges(JsonNode json) {
        final Set<String> ranges = new TreeSet<>();
        Json.texts(json).forEach(text -> ranges.add(Cidr.parse(text).toString()));
        return ranges;
    }

    /** Checks the counts of the policies named, each internal or external. */
    private static Check checkGaps(String field, JsonNode json, World world) {
        final LocalPolicyGaps gaps =
                LocalPolicyGaps.of(world.plan(), world.node().family());
        final Map<String, Integer> actual =
                new TreeMap<>(Map.of("internal", gaps.internal(), "external", gaps.external()));
        Json.allowOnly(json, field, actual.keySet());
        final Map<String, Integer> expected = Expectations.numbers(json);
        actual.keySet().retainAll(expected.keySet());
        return Check.equal(field, expected, actual);
    }
}
