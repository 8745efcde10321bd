package io.pointsman.plan.tracking;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServicePortName;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A port of a Service in one family. Fields of the other family are left out.
 *
 * @param port the port on every virtual address, 1 to 65535
 * @param nodePort the port on node addresses, 0 for none
 * @param loadBalancerIps load balancer addresses that nodes serve themselves, mode VIP
 * @param sourceRanges ranges that may dial the load balancer addresses; empty for all sources, also if one range is a /0
 * @param externalPolicy Local only if the Service has external addresses or node ports
 * @param healthCheckNodePort 0 for none; only load balancers with external policy Local have one
 */
public record TrackedPort(
        ServicePortName name,
        IpAddress clusterIp,
        int port,
        int nodePort,
        List<IpAddress> externalIps,
        List<IpAddress> loadBalancerIps,
        List<Cidr> sourceRanges,
        TrafficPolicy internalPolicy,
        TrafficPolicy externalPolicy,
        Optional<Duration> clientIpAffinity,
        int healthCheckNodePort) {
    public TrackedPort {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(clusterIp, "clusterIp");
        Objects.requireNonNull(internalPolicy, "internalPolicy");
        Objects.requireNonNull(externalPolicy, "externalPolicy");
        Objects.requireNonNull(clientIpAffinity, "clientIpAffinity");
        externalIps = List.copyOf(externalIps);
        loadBalancerIps = List.copyOf(loadBalancerIps);
        sourceRanges = List.copyOf(sourceRanges);
    }

    /**
     * Returns the ports of a Service that a proxy of this family serves, in the Service's order. Empty for a Service without
     * a cluster address of the family, for an ExternalName, and for one that another proxy serves.
     */
    public static List<TrackedPort> of(Service service, IpFamily family) {
        if (!isProxied(service)) {
            return List.of();
        }
        for (IpAddress clusterIp : service.clusterIps()) {
            if (clusterIp.family() == family) {
                final List<TrackedPort> ports = new ArrayList<>(service.ports().size());
                for (ServicePort port : service.ports()) {
                    ports.add(of(service, port, clusterIp));
                }
                return ports;
            }
        }
        return List.of();
    }

    /** Whether this proxy serves a Service in any family. */
    public static boolean isProxied(Service service) {
        return service.type() != ServiceType.EXTERNAL_NAME
                && !service.labels().containsKey(Service.PROXY_NAME_LABEL)
                && !service.clusterIps().isEmpty();
    }

    private static TrackedPort of(Service service, ServicePort port, IpAddress clusterIp) {
        final IpFamily family = clusterIp.family();
        return new TrackedPort(
                new ServicePortName(service.name(), port.name(), port.protocol()),
                clusterIp,
                port.port(),
                port.nodePort(),
                ofFamily(service.externalIps(), family),
                ofFamily(balancedIps(service), family),
                sourceRanges(service, family),
                service.internalPolicy(),
                hasOutside(service) ? service.externalPolicy() : TrafficPolicy.CLUSTER,
                service.clientIpAffinity(),
                healthCheckNodePort(service));
    }

    private static List<IpAddress> balancedIps(Service service) {
        if (service.ingress().isEmpty()) {
            return List.of();
        }
        return service.ingress().stream()
                .filter(ingress -> ingress.mode() == LoadBalancerIngress.Mode.VIP)
                .map(LoadBalancerIngress::ip)
                .distinct()
                .toList();
    }

    private static List<IpAddress> ofFamily(List<IpAddress> addresses, IpFamily family) {
        if (addresses.isEmpty()) {
            return List.of();
        }
        return addresses.stream().filter(ip -> ip.family() == family).distinct().toList();
    }

    private static List<Cidr> sourceRanges(Service service, IpFamily family) {
        if (service.sourceRanges().isEmpty()) {
            return List.of();
        }
        final List<Cidr> ranges = service.sourceRanges().stream()
                .filter(range -> range.family() == family)
                .toList();
        return ranges.stream().anyMatch(Cidr::isEverything) ? List.of() : ranges;
    }

    private static boolean hasOutside(Service service) {
        return service.type() == ServiceType.NODE_PORT
                || service.type() == ServiceType.LOAD_BALANCER
                || !service.externalIps().isEmpty();
    }

    private static int healthCheckNodePort(Service service) {
        return service.type() == ServiceType.LOAD_BALANCER && service.externalPolicy() == TrafficPolicy.LOCAL
                ? service.healthCheckNodePort()
                : 0;
    }

    public IpFamily family() {
        return clusterIp.family();
    }

    /** Whether the port answers at other addresses than its cluster address. */
    public boolean isExternallyAccessible() {
        return nodePort != 0 || !externalIps.isEmpty() || !loadBalancerIps.isEmpty();
    }

    /**
     * Whether any packet may go to endpoints of the whole cluster: even under policy Local, those from the cluster itself
     * may.
     */
    public boolean usesClusterEndpoints() {
        return internalPolicy == TrafficPolicy.CLUSTER || isExternallyAccessible();
    }

    /** Whether any packet must go to endpoints on this node. */
    public boolean usesLocalEndpoints() {
        return internalPolicy == TrafficPolicy.LOCAL
                || (externalPolicy == TrafficPolicy.LOCAL && isExternallyAccessible());
    }
}
