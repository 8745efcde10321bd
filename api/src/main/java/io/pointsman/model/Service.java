package io.pointsman.model;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A Service, reduced to the fields a proxy uses. Built with {@link #builder}; every instance is valid.
 *
 * @param clusterIps its cluster addresses, at most one of each family; empty for a headless Service
 * @param ports its ports; no two have the same name and protocol
 * @param clientIpAffinity how long a client keeps its endpoint after its last new connection; empty for no affinity
 * @param healthCheckNodePort port where load balancers ask for local endpoints, 0 for none
 * @param createdAt if two Services claim the same address and port, the older one keeps it
 */
public record Service(
        ObjectName name,
        ServiceType type,
        List<IpAddress> clusterIps,
        List<ServicePort> ports,
        List<IpAddress> externalIps,
        List<LoadBalancerIngress> ingress,
        List<Cidr> sourceRanges,
        TrafficPolicy externalPolicy,
        TrafficPolicy internalPolicy,
        Optional<Duration> clientIpAffinity,
        int healthCheckNodePort,
        Map<String, String> labels,
        Map<String, String> annotations,
        Optional<Instant> createdAt)
        implements ClusterObject {
    /** Label of a Service that another proxy serves, whatever the value. */
    public static final String PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";

    public Service {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(externalPolicy, "externalPolicy");
        Objects.requireNonNull(internalPolicy, "internalPolicy");
        Objects.requireNonNull(clientIpAffinity, "clientIpAffinity");
        Objects.requireNonNull(createdAt, "createdAt");
        clusterIps = List.copyOf(clusterIps);
        ports = List.copyOf(ports);
        externalIps = List.copyOf(externalIps);
        ingress = List.copyOf(ingress);
        sourceRanges = List.copyOf(sourceRanges);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        Ports.requirePortOrZero("healthCheckNodePort", healthCheckNodePort);
        clientIpAffinity.ifPresent(Service::requireAffinityRange);
        requireDistinct(ports);
    }

    private static void requireDistinct(List<ServicePort> ports) {
        final Set<String> names = new HashSet<>();
        for (ServicePort port : ports) {
            if (!names.add(port.name() + "/" + port.protocol())) {
                throw new IllegalArgumentException(
                        "two " + port.protocol() + " ports have the name \"" + port.name() + "\"");
            }
        }
    }

    private static void requireAffinityRange(Duration timeout) {
        // core/v1 SessionAffinityConfig: 1 s to one day
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(
                    "session affinity timeout " + timeout.toSeconds() + " s is not in 1..86400 s");
        }
    }

    /** Starts a ClusterIP Service without addresses or ports, with policies Cluster. */
    public static Builder builder(ObjectName name) {
        return new Builder(name);
    }

    /** Collects a Service's fields; a field that is not set keeps the Kubernetes default. Not thread-safe. */
    public static final class Builder {
        private final ObjectName name;
        private ServiceType type = ServiceType.CLUSTER_IP;
        private List<IpAddress> clusterIps = List.of();
        private List<ServicePort> ports = List.of();
        private List<IpAddress> externalIps = List.of();
        private List<LoadBalancerIngress> ingress = List.of();
        private List<Cidr> sourceRanges = List.of();
        private TrafficPolicy externalPolicy = TrafficPolicy.CLUSTER;
        private TrafficPolicy internalPolicy = TrafficPolicy.CLUSTER;
        private Optional<Duration> clientIpAffinity = Optional.empty();
        private int healthCheckNodePort;
        private Map<String, String> labels = Map.of();
        private Map<String, String> annotations = Map.of();
        private Optional<Instant> createdAt = Optional.empty();

        private Builder(ObjectName name) {
            this.name = name;
        }

        public Builder type(ServiceType value) {
            type = value;
            return this;
        }

        public Builder clusterIps(List<IpAddress> value) {
            clusterIps = value;
            return this;
        }

        public Builder ports(List<ServicePort> value) {
            ports = value;
            return this;
        }

        public Builder externalIps(List<IpAddress> value) {
            externalIps = value;
            return this;
        }

        public Builder ingress(List<LoadBalancerIngress> value) {
            ingress = value;
            return this;
        }

        public Builder sourceRanges(List<Cidr> value) {
            sourceRanges = value;
            return this;
        }

        public Builder externalPolicy(TrafficPolicy value) {
            externalPolicy = value;
            return this;
        }

        public Builder internalPolicy(TrafficPolicy value) {
            internalPolicy = value;
            return this;
        }

        public Builder clientIpAffinity(Duration value) {
            clientIpAffinity = Optional.of(value);
            return this;
        }

        public Builder healthCheckNodePort(int value) {
            healthCheckNodePort = value;
            return this;
        }

        public Builder labels(Map<String, String> value) {
            labels = value;
            return this;
        }

        public Builder annotations(Map<String, String> value) {
            annotations = value;
            return this;
        }

        public Builder createdAt(Instant value) {
            createdAt = Optional.of(value);
            return this;
        }

        /**
         * Builds the Service.
         *
         * @throws IllegalArgumentException naming the field that is out of range
         */
        public Service build() {
            return new Service(
                    name,
                    type,
                    clusterIps,
                    ports,
                    externalIps,
                    ingress,
                    sourceRanges,
                    externalPolicy,
                    internalPolicy,
                    clientIpAffinity,
                    healthCheckNodePort,
                    labels,
                    annotations,
                    createdAt);
        }
    }
}
