package io.pointsman.model;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Some of the endpoints of a Service, all of one family. A Service may have any number of slices. Built with {@link
 * #builder}; every instance is valid.
 *
 * @param service the Service it belongs to (label {@code kubernetes.io/service-name}, in the slice's own namespace)
 * @param headless labelled {@code service.kubernetes.io/headless}: proxies ignore the slice
 * @param lastChangeTrigger time of the change that made the controller write this slice (annotation {@code
 *     endpoints.kubernetes.io/last-change-trigger-time})
 */
public record EndpointSlice(
        ObjectName name,
        ObjectName service,
        IpFamily family,
        List<Endpoint> endpoints,
        List<EndpointPort> ports,
        boolean headless,
        Optional<Instant> lastChangeTrigger)
        implements ClusterObject {
    public static final String SERVICE_NAME_LABEL = "kubernetes.io/service-name";
    public static final String HEADLESS_LABEL = "service.kubernetes.io/headless";

    public EndpointSlice {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(lastChangeTrigger, "lastChangeTrigger");
        endpoints = List.copyOf(endpoints);
        ports = List.copyOf(ports);
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address().family() != family) {
                throw new IllegalArgumentException("endpoint " + endpoint.address() + " is not an " + family
                        + " address, as the slice's addressType says");
            }
        }
    }

    /** Starts a slice of this Service, without endpoints and ports, not headless. */
    public static Builder builder(ObjectName name, ObjectName service, IpFamily family) {
        return new Builder(name, service, family);
    }

    /** Collects a slice's fields; a field that is not set is empty. Not thread-safe. */
    public static final class Builder {
        private final ObjectName name;
        private final ObjectName service;
        private final IpFamily family;
        private List<Endpoint> endpoints = List.of();
        private List<EndpointPort> ports = List.of();
        private boolean headless;
        private Optional<Instant> lastChangeTrigger = Optional.empty();

        private Builder(ObjectName name, ObjectName service, IpFamily family) {
            this.name = name;
            this.service = service;
            this.family = family;
        }

        public Builder endpoints(List<Endpoint> value) {
            endpoints = value;
            return this;
        }

        public Builder ports(List<EndpointPort> value) {
            ports = value;
            return this;
        }

        public Builder headless(boolean value) {
            headless = value;
            return this;
        }

        public Builder lastChangeTrigger(Optional<Instant> value) {
            lastChangeTrigger = value;
            return this;
        }

        /**
         * Builds the slice.
         *
         * @throws IllegalArgumentException naming an endpoint of the other family
         */
        public EndpointSlice build() {
            return new EndpointSlice(name, service, family, endpoints, ports, headless, lastChangeTrigger);
        }
    }
}
