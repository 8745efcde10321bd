package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Makes random changes to a cluster so small that names, addresses and ports often collide. */
final class RandomCluster {
    private static final int SERVICES = 8;
    private final Random random;

    RandomCluster(Random random) {
        this.random = random;
    }

    ObjectChange change() {
        final ClusterObject object =
                switch (random.nextInt(10)) {
                    case 0, 1 -> node();
                    case 2, 3, 4, 5 -> service();
                    default -> slice();
                };
        return random.nextInt(4) == 0
                ? new ObjectChange.Delete(object.kind(), object.objectName())
                : new ObjectChange.Put(object);
    }

    private Node node() {
        final List<IpAddress> addresses = random.nextInt(4) > 0 ? ip("192.168.0." + random.nextInt(2)) : List.of();
        return new Node(
                random.nextInt(3) == 0 ? Cluster.ELSEWHERE : Cluster.HERE,
                addresses,
                maybe("zone-" + random.nextInt(2)),
                random.nextInt(8) == 0 ? List.of() : List.of(Cidr.parse("10.0.0.0/8")),
                false,
                Set.of());
    }

    private Service service() {
        final int number = random.nextInt(SERVICES);
        final Service.Builder service = Service.builder(new ObjectName("ns", "s" + number))
                .type(pick(ServiceType.values()))
                .ports(ports())
                .externalPolicy(pick(TrafficPolicy.values()))
                .internalPolicy(pick(TrafficPolicy.values()))
                .healthCheckNodePort(random.nextInt(3) == 0 ? 30_000 + number : 0);
        final List<IpAddress> clusterIps = new ArrayList<>();
        if (random.nextInt(8) > 0) {
            clusterIps.addAll(ip("172.30.0." + (1 + random.nextInt(SERVICES))));
        }
        if (random.nextInt(3) == 0) {
            clusterIps.addAll(ip("fd00:172::" + (1 + random.nextInt(SERVICES))));
        }
        service.clusterIps(clusterIps);
        if (random.nextInt(3) == 0) {
            service.externalIps(ip("1.2.3." + random.nextInt(3)));
        }
        if (random.nextInt(3) > 0) {
            service.ingress(List.of(new LoadBalancerIngress(
                    ip("1.2.3." + random.nextInt(3)).getFirst(), pick(LoadBalancerIngress.Mode.values()))));
        }
        if (random.nextBoolean()) {
            service.sourceRanges(List.of(Cidr.parse("192.168.0." + random.nextInt(2) + "/32")));
        }
        if (random.nextBoolean()) {
            service.createdAt(Instant.ofEpochSecond(random.nextInt(3)));
        }
        if (random.nextInt(6) == 0) {
            service.labels(Map.of(Service.PROXY_NAME_LABEL, "other"));
        }
        if (random.nextInt(4) == 0) {
            service.annotations(Map.of(
                    EndpointWeights.ANNOTATION, "10.0.0.1=" + random.nextInt(3), Balancing.ANNOTATION, "maglev"));
        }
        return service.build();
    }

    private List<ServicePort> ports() {
        final List<ServicePort> ports = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            final int nodePort = random.nextInt(3) == 0 ? 30_100 + random.nextInt(4) : 0;
            ports.add(new ServicePort(
                    "p" + i, random.nextBoolean() ? Protocol.TCP : Protocol.UDP, 80 + random.nextInt(2), nodePort));
        }
        return ports;
    }

    private EndpointSlice slice() {
        final int number = random.nextInt(SERVICES);
        final IpFamily family = random.nextInt(4) == 0 ? IpFamily.IPV6 : IpFamily.IPV4;
        final boolean hasHints = random.nextBoolean();
        final List<Endpoint> endpoints = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            endpoints.add(Endpoint.of(endpointAddress(family), conditions())
                    .onNode(random.nextBoolean() ? Cluster.HERE : Cluster.ELSEWHERE)
                    .hintedFor(
                            hasHints ? Set.of("zone-" + random.nextInt(2)) : Set.of(),
                            random.nextInt(4) == 0 ? Set.of(Cluster.HERE) : Set.of()));
        }
        final List<EndpointPort> ports = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ports.add(new EndpointPort("p" + i, random.nextBoolean() ? Protocol.TCP : Protocol.UDP, endpointPort(i)));
        }
        return EndpointSlice.builder(
                        new ObjectName("ns", "slice-" + family + "-" + random.nextInt(SERVICES)),
                        new ObjectName("ns", "s" + number),
                        family)
                .endpoints(endpoints)
                .ports(ports)
                .headless(random.nextInt(10) == 0)
                .build();
    }

    private Set<Endpoint.Condition> conditions() {
        final Set<Endpoint.Condition> conditions = EnumSet.noneOf(Endpoint.Condition.class);
        if (random.nextInt(4) == 0) {
            conditions.add(Endpoint.Condition.TERMINATING);
        } else if (random.nextInt(4) > 0) {
            conditions.add(Endpoint.Condition.READY);
        }
        if (random.nextInt(4) > 0) {
            conditions.add(Endpoint.Condition.SERVING);
        }
        return conditions;
    }

    /** Returns an address that is often also a frontend's or a node's. */
    private IpAddress endpointAddress(IpFamily family) {
        if (family == IpFamily.IPV6) {
            return ip(random.nextInt(3) == 0
                            ? "fd00:172::" + (1 + random.nextInt(SERVICES))
                            : "fd00:10::" + random.nextInt(5))
                    .getFirst();
        }
        return ip(switch (random.nextInt(6)) {
                    case 0 -> "172.30.0." + (1 + random.nextInt(SERVICES));
                    case 1 -> "1.2.3." + random.nextInt(3);
                    case 2 -> "192.168.0." + random.nextInt(2);
                    default -> "10.0.0." + random.nextInt(5);
                })
                .getFirst();
    }

    private int endpointPort(int number) {
        return switch (random.nextInt(4)) {
            case 0 -> 80 + random.nextInt(2);
            case 1 -> 30_100 + random.nextInt(4);
            default -> 8080 + number;
        };
    }

    /** Returns random addresses of the node's interfaces and of its network. */
    HostAddresses host() {
        final List<IpAddress> own = new ArrayList<>();
        if (random.nextInt(5) > 0) {
            own.addAll(ip("192.168.7.7"));
        }
        if (random.nextInt(3) == 0) {
            own.addAll(ip("1.2.3." + random.nextInt(3)));
        }
        return new HostAddresses(
                Set.copyOf(own),
                random.nextInt(3) == 0
                        ? Map.of(ip("1.2.3." + random.nextInt(3)).getFirst(), "the next hop to 0.0.0.0/0")
                        : Map.of());
    }

    /** Returns one of kube-proxy's modes, with or without traits. */
    ModeSemantics mode() {
        final ModeSemantics mode = random.nextBoolean() ? ModeSemantics.IPTABLES : ModeSemantics.NFTABLES;
        final List<ModeSemantics.Trait> traits = List.of(ModeSemantics.Trait.values());
        return switch (random.nextInt(3)) {
            case 0 -> mode;
            case 1 -> mode.with(traits.getFirst());
            default -> mode.with(traits.getFirst(), traits.getLast());
        };
    }

    private static List<IpAddress> ip(String text) {
        return List.of(IpAddress.parse(text));
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> Optional<T> maybe(T value) {
        return random.nextBoolean() ? Optional.of(value) : Optional.empty();
    }
}
