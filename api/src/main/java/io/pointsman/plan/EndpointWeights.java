package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Weights of a Service's endpoints, from its annotation; an endpoint not listed weighs {@value #DEFAULT}.
 *
 * @param byAddress weight by endpoint address, 0 to 65535; an endpoint of weight 0 takes no new connections
 */
public record EndpointWeights(Map<IpAddress, Integer> byAddress) {
    /** Service annotation that holds the weights: {@code 10.0.0.1=3,10.0.0.2=1}. */
    public static final String ANNOTATION = "pointsman.io/endpoint-weights";

    public static final int DEFAULT = 1;
    public static final int MAX = 65535;

    /** Equal weights for all endpoints. */
    public static final EndpointWeights EQUAL = new EndpointWeights(Map.of());

    public EndpointWeights {
        Objects.requireNonNull(byAddress, "byAddress");
        byAddress = Map.copyOf(byAddress);
    }

    /**
     * Parses the annotation: {@code address=weight}, separated by commas; blanks are ignored.
     *
     * @throws IllegalArgumentException quoting the part that can't be read, or the address given twice
     */
    public static EndpointWeights parse(String text) {
        final Map<IpAddress, Integer> weights = new HashMap<>();
        for (String part : text.split(",", -1)) {
            final int equals = part.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("\"" + part.strip() + "\" is not address=weight");
            }
            final IpAddress address = IpAddress.parse(part.substring(0, equals).strip());
            final String weight = part.substring(equals + 1).strip();
            if (!weight.matches("[0-9]{1,5}") || Integer.parseInt(weight) > MAX) {
                throw new IllegalArgumentException("weight \"" + weight + "\" of " + address + " is not in 0.." + MAX);
            }
            if (weights.put(address, Integer.parseInt(weight)) != null) {
                throw new IllegalArgumentException(address + " is given twice");
            }
        }
        return new EndpointWeights(weights);
    }

    public int of(IpAddress endpoint) {
        return byAddress.getOrDefault(endpoint, DEFAULT);
    }
}
