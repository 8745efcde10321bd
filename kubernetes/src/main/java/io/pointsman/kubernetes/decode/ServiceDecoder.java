package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a v1 Service with the API server's defaults, which a hand-written manifest leaves out. */
final class ServiceDecoder {
    private static final Map<String, ServiceType> TYPES = Map.of(
            "ClusterIP", ServiceType.CLUSTER_IP,
            "NodePort", ServiceType.NODE_PORT,
            "LoadBalancer", ServiceType.LOAD_BALANCER,
            "ExternalName", ServiceType.EXTERNAL_NAME);
    private static final Map<String, Boolean> AFFINITIES = Map.of("None", false, "ClientIP", true);
    private static final Map<String, LoadBalancerIngress.Mode> INGRESS_MODES =
            Map.of("VIP", LoadBalancerIngress.Mode.VIP, "Proxy", LoadBalancerIngress.Mode.PROXY);
    private static final int DEFAULT_AFFINITY_SECONDS = 10_800;
    private static final int MAX_AFFINITY_SECONDS = 86_400;
    private static final String HEADLESS = "None";

    private ServiceDecoder() {}

    static Service decode(Field object) throws RefusedException {
        final Metadata metadata = new Metadata(object);
        final Field spec = object.get("spec");
        final Service.Builder service = Service.builder(metadata.namespacedName())
                .type(Choice.of(spec.get("type"), TYPES, ServiceType.CLUSTER_IP))
                .clusterIps(clusterIps(spec))
                .ports(ports(spec.get("ports")))
                .externalIps(externalIps(spec.get("externalIPs")))
                .ingress(ingress(object.get("status").get("loadBalancer").get("ingress")))
                .sourceRanges(sourceRanges(spec.get("loadBalancerSourceRanges")))
                .externalPolicy(Choice.policy(spec.get("externalTrafficPolicy")))
                .internalPolicy(Choice.policy(spec.get("internalTrafficPolicy")))
                .healthCheckNodePort(spec.get("healthCheckNodePort").integer(0, 65535, 0))
                .labels(metadata.labels())
                .annotations(metadata.annotations());
        metadata.createdAt().ifPresent(service::createdAt);
        if (Choice.of(spec.get("sessionAffinity"), AFFINITIES, false)) {
            final Field seconds =
                    spec.get("sessionAffinityConfig").get("clientIP").get("timeoutSeconds");
            service.clientIpAffinity(
                    Duration.ofSeconds(seconds.integer(1, MAX_AFFINITY_SECONDS, DEFAULT_AFFINITY_SECONDS)));
        }
        return service.build();
    }

    /** Reads {@code clusterIPs}, or {@code clusterIP} if a manifest has only that; empty for a headless Service. */
    private static List<IpAddress> clusterIps(Field spec) throws RefusedException {
        final Field single = spec.get("clusterIP");
        final String first = single.text("");
        final List<Field> all = spec.get("clusterIPs").items();
        if (all.isEmpty()) {
            return first.isEmpty() || first.equals(HEADLESS) ? List.of() : List.of(single.address());
        }
        if (!first.isEmpty() && !first.equals(all.getFirst().requiredText())) {
            throw single.refused(Quoted.of(first) + " is not the first of clusterIPs, "
                    + Quoted.of(all.getFirst().requiredText()));
        }
        if (all.size() == 1 && all.getFirst().requiredText().equals(HEADLESS)) {
            return List.of();
        }
        final List<IpAddress> addresses = new ArrayList<>(all.size());
        final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        for (Field field : all) {
            final IpAddress address = field.address();
            if (!families.add(address.family())) {
                throw field.refused(address + " is a second " + address.family() + " address; at most one is allowed");
            }
            addresses.add(address);
        }
        return addresses;
    }

    private static List<ServicePort> ports(Field field) throws RefusedException {
        final List<ServicePort> ports = new ArrayList<>();
        final Set<String> names = new HashSet<>();
        final Set<String> numbers = new HashSet<>();
        for (Field item : field.items()) {
            final ServicePort port = new ServicePort(
                    item.get("name").text(""),
                    Choice.protocol(item.get("protocol")),
                    item.get("port").requiredInteger(1, 65535),
                    item.get("nodePort").integer(0, 65535, 0));
            if (!names.add(port.name())) {
                throw item.get("name")
                        .refused(
                                port.name().isEmpty()
                                        ? "is missing: of several ports each needs a name"
                                        : Quoted.of(port.name()) + " is the name of another port of this Service, too");
            }
            if (!numbers.add(port.protocol() + "/" + port.port())) {
                throw item.get("port").refused(port.protocol() + " " + port.port() + " is given twice");
            }
            ports.add(port);
        }
        return ports;
    }

    private static List<IpAddress> externalIps(Field field) throws RefusedException {
        final List<IpAddress> addresses = new ArrayList<>();
        for (Field item : field.items()) {
            addresses.add(item.address());
        }
        return addresses;
    }

    private static List<Cidr> sourceRanges(Field field) throws RefusedException {
        final List<Cidr> ranges = new ArrayList<>();
        for (Field item : field.items()) {
            ranges.add(Addresses.range(item));
        }
        return ranges;
    }

    private static List<LoadBalancerIngress> ingress(Field field) throws RefusedException {
        final List<LoadBalancerIngress> ingress = new ArrayList<>();
        for (Field item : field.items()) {
            final LoadBalancerIngress.Mode mode =
                    Choice.of(item.get("ipMode"), INGRESS_MODES, LoadBalancerIngress.Mode.VIP);
            final Field ip = item.get("ip");
            if (!ip.text("").isEmpty()) { // else a host name, which DNS resolves
                ingress.add(new LoadBalancerIngress(ip.address(), mode));
            }
        }
        return ingress;
    }
}
