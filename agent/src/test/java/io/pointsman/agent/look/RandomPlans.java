package io.pointsman.agent.look;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.ProxyHeader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A small cluster that changes at random, and the plans of one of its nodes. */
final class RandomPlans {
    private static final int SERVICES = 6;
    private static final Set<IpAddress> HOST =
            Set.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("192.0.2.7"), IpAddress.parse("2001:db8::7"));

    private final Random random;
    private final ServiceCatalog catalog = new ServiceCatalog();

    RandomPlans(Random random) {
        this.random = random;
        for (int i = 0; i < 3 * SERVICES; i++) {
            change();
        }
    }

    /** Resolves the current cluster from scratch. */
    ForwardingPlan plan() {
        return new PlanResolver(PlanOptions.builder("here")
                        .mode(ModeSemantics.NFTABLES)
                        .podRanges(List.of(Cidr.parse("10.244.0.0/16")))
                        .serviceRanges(List.of(Cidr.parse("10.96.0.0/12")))
                        .build())
                .resolve(catalog, HostAddresses.of(HOST))
                .plan();
    }

    /** Puts or deletes a Service or its endpoints. */
    void change() {
        final int number = random.nextInt(SERVICES);
        final ObjectName name = new ObjectName("ns" + number % 2, "s" + number);
        final boolean isService = random.nextBoolean();
        final ClusterObject object = isService ? service(name, number) : slice(name);
        catalog.apply(List.of(
                random.nextInt(6) == 0
                        ? new ObjectChange.Delete(object.kind(), object.objectName())
                        : new ObjectChange.Put(object)));
    }

    private Service service(ObjectName name, int number) {
        final Service.Builder service = Service.builder(name)
                .type(ServiceType.LOAD_BALANCER)
                .clusterIps(List.of(
                        IpAddress.parse("10.96.0." + (number + 1)), IpAddress.parse("fd00:96::" + (number + 1))))
                .ports(List.of(
                        new ServicePort("http", Protocol.TCP, 80, 30_100 + number),
                        new ServicePort("dns", Protocol.UDP, 53, 0)))
                .externalPolicy(random.nextBoolean() ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER)
                .healthCheckNodePort(random.nextBoolean() ? 30_200 + number : 0);
        if (random.nextBoolean()) {
            service.ingress(List.of(new LoadBalancerIngress(
                    IpAddress.parse("203.0.113." + random.nextInt(4)), LoadBalancerIngress.Mode.VIP)));
        }
        if (random.nextBoolean()) {
            service.sourceRanges(List.of(Cidr.parse("198.51.100." + random.nextInt(2) + "/32")));
        }
        if (random.nextInt(3) == 0) {
            service.clientIpAffinity(Duration.ofSeconds(60 + random.nextInt(2)));
        }
        final Map<String, String> annotations = new HashMap<>();
        if (random.nextInt(3) == 0) {
            annotations.put(Balancing.ANNOTATION, "maglev");
        }
        if (random.nextInt(3) == 0) {
            annotations.put(ProxyHeader.ANNOTATION, random.nextBoolean() ? "v1" : "v2");
        }
        return service.annotations(annotations).build();
    }

    private EndpointSlice slice(ObjectName service) {
        final boolean isIpv6 = random.nextInt(3) == 0;
        final List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            if (random.nextBoolean()) {
                endpoints.add(Endpoint.of(
                                IpAddress.parse((isIpv6 ? "fd00:244::" : "10.244.0.") + (i + 1)),
                                random.nextInt(4) == 0
                                        ? Set.of(Endpoint.Condition.SERVING, Endpoint.Condition.TERMINATING)
                                        : Set.of(Endpoint.Condition.READY, Endpoint.Condition.SERVING))
                        .onNode(random.nextBoolean() ? "here" : "there"));
            }
        }
        return EndpointSlice.builder(
                        new ObjectName(service.namespace(), service.name() + (isIpv6 ? "-six" : "-four")),
                        service,
                        isIpv6 ? IpFamily.IPV6 : IpFamily.IPV4)
                .endpoints(endpoints)
                .ports(List.of(
                        new EndpointPort("http", Protocol.TCP, 8080), new EndpointPort("dns", Protocol.UDP, 5353)))
                .build();
    }
}
