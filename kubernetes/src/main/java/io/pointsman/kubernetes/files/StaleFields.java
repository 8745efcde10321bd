package io.pointsman.kubernetes.files;

import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Removes fields that belong to an earlier type of a Service. The API server clears them when the type changes; in a file
 * they stay, and released addresses would still be served.
 *
 * @param service the Service without such fields
 * @param warning the removed fields; empty if there were none
 */
record StaleFields(Service service, Optional<String> warning) {
    static StaleFields of(Service service) {
        final List<String> found = new ArrayList<>();
        final boolean mayHaveNodePorts =
                service.type() == ServiceType.NODE_PORT || service.type() == ServiceType.LOAD_BALANCER;
        if (!mayHaveNodePorts) {
            service.ports().stream()
                    .filter(port -> port.nodePort() != 0)
                    .forEach(port -> found.add("node port " + port.nodePort()));
        }
        if (service.type() != ServiceType.LOAD_BALANCER) {
            service.ingress().stream().map(LoadBalancerIngress::ip).forEach(ip -> found.add("load balancer IP " + ip));
        }
        return found.isEmpty()
                ? new StaleFields(service, Optional.empty())
                : new StaleFields(
                        without(service, mayHaveNodePorts),
                        Optional.of("is of type " + text(service.type()) + ", so that " + String.join(", ", found)
                                + (found.size() == 1 ? " is" : " are")
                                + " not served; take it out, or change the type"));
    }

    private static String text(ServiceType type) {
        return switch (type) {
            case CLUSTER_IP -> "ClusterIP";
            case NODE_PORT -> "NodePort";
            case LOAD_BALANCER -> "LoadBalancer";
            case EXTERNAL_NAME -> "ExternalName";
        };
    }

    private static Service without(Service service, boolean mayHaveNodePorts) {
        return new Service(
                service.name(),
                service.type(),
                service.clusterIps(),
                mayHaveNodePorts
                        ? service.ports()
                        : service.ports().stream()
                                .map(port -> new ServicePort(port.name(), port.protocol(), port.port(), 0))
                                .toList(),
                service.externalIps(),
                List.of(),
                service.sourceRanges(),
                service.externalPolicy(),
                service.internalPolicy(),
                service.clientIpAffinity(),
                service.healthCheckNodePort(),
                service.labels(),
                service.annotations(),
                service.createdAt());
    }
}
