package io.pointsman.model;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Some of the endpoints of a Service, all of one family. A Service may have any number of slices.
 *
 * @param service the Service it belongs to (label {@code kubernetes.io/service-name}, in the slice's own namespace)
 * @param headless labelled {@code service.kubernetes.io/headless}: of no interest to a proxy
 * @param lastChangeTrigger when the change that the slice tells of began (annotation
 *     {@code endpoints.kubernetes.io/last-change-trigger-time})
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
}
