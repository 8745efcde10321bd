package io.pointsman.plan;

import io.pointsman.model.Service;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Settings from a Service's annotations; a value that can't be parsed is ignored and reported. */
record ServiceSettings(Balancing balancing, EndpointWeights weights, Optional<ProxyHeader> proxyHeader) {
    static ServiceSettings of(Service service, List<PlanProblem> problems) {
        final EndpointWeights weights = weights(service, problems);
        return new ServiceSettings(balancing(service, weights, problems), weights, proxyHeader(service, problems));
    }

    private static EndpointWeights weights(Service service, List<PlanProblem> problems) {
        final String text = service.annotations().get(EndpointWeights.ANNOTATION);
        if (text == null) {
            return EndpointWeights.EQUAL;
        }
        try {
            return EndpointWeights.parse(text);
        } catch (IllegalArgumentException e) {
            problems.add(problem(service, EndpointWeights.ANNOTATION, text, e.getMessage(), "all endpoints weigh 1"));
            return EndpointWeights.EQUAL;
        }
    }

    /** Weights without an algorithm select the algorithm that uses them. */
    private static Balancing balancing(Service service, EndpointWeights weights, List<PlanProblem> problems) {
        final Balancing fallback = weights.equals(EndpointWeights.EQUAL) ? Balancing.RANDOM : Balancing.WEIGHTED;
        final String text = service.annotations().get(Balancing.ANNOTATION);
        if (text == null) {
            return fallback;
        }
        return Balancing.parse(text).orElseGet(() -> {
            final List<String> known =
                    List.of(Balancing.values()).stream().map(Balancing::text).toList();
            problems.add(problem(
                    service, Balancing.ANNOTATION, text, "it is none of " + known, fallback.text() + " is used"));
            return fallback;
        });
    }

    private static Optional<ProxyHeader> proxyHeader(Service service, List<PlanProblem> problems) {
        final String text = service.annotations().get(ProxyHeader.ANNOTATION);
        if (text == null) {
            return Optional.empty();
        }
        final Optional<ProxyHeader> header = ProxyHeader.parse(text);
        if (header.isEmpty()) {
            problems.add(problem(
                    service,
                    ProxyHeader.ANNOTATION,
                    text,
                    "it is neither v1 nor v2",
                    "no PROXY protocol header is sent"));
        }
        return header;
    }

    private static PlanProblem problem(
            Service service, String key, String value, @Nullable String why, String instead) {
        final String reason = "annotation " + key + " = \"" + value + "\" is ignored, " + instead + ": " + why;
        return new PlanProblem(service.name(), Optional.empty(), reason);
    }
}
