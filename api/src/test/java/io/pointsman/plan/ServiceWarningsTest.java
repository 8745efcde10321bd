package io.pointsman.plan;

import static io.pointsman.plan.Cluster.ips;
import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests warnings about Services that are served as kube-proxy serves them. */
class ServiceWarningsTest {
    private final Cluster cluster = new Cluster(options().build());

    private static EndpointSlice slice(String portName, Protocol protocol) {
        return EndpointSlice.builder(name("web-" + portName), name("web"), IpFamily.IPV4)
                .endpoints(List.of(Endpoint.ready(ips("10.0.0.1").getFirst())))
                .ports(List.of(new EndpointPort(portName, protocol, 8080)))
                .build();
    }

    private static Service named(String portName) {
        return service("web", "172.30.0.1")
                .ports(List.of(new ServicePort(portName, Protocol.TCP, 80, 0)))
                .build();
    }

    private PlanProblem only() {
        final List<PlanProblem> problems = cluster.resolve().problems();
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().severity()).isEqualTo(Severity.WARNING);
        return problems.getFirst();
    }

    @Test
    void shouldNameThePortsThereAreWhenNoneGoesWithTheServices() {
        cluster.put(named("")).put(slice("http", Protocol.TCP)).put(slice("web", Protocol.UDP));

        final PlanProblem warning = only();

        assertThat(warning.frontend()).contains(tcp("172.30.0.1", 80));
        assertThat(warning.reason()).contains("port 80, without a name (TCP)", "\"http\" (TCP), \"web\" (UDP)");
        assertThat(cluster.resolve()
                        .plan()
                        .rule(tcp("172.30.0.1", 80))
                        .orElseThrow()
                        .fromExternal())
                .isEqualTo(Action.REJECT);
    }

    @Test
    void shouldSayNothingWhenSomeSliceHasThePortOrThereIsNoEndpointAtAll() {
        cluster.put(named("http")).put(slice("http", Protocol.TCP)).put(slice("other", Protocol.TCP));
        assertThat(cluster.resolve().problems()).isEmpty();

        cluster.delete(slice("http", Protocol.TCP)).delete(slice("other", Protocol.TCP));
        assertThat(cluster.resolve().problems()).isEmpty();
    }

    private static EndpointSlice slice(String name, Endpoint... endpoints) {
        return EndpointSlice.builder(name(name), name("web"), IpFamily.IPV4)
                .endpoints(List.of(endpoints))
                .ports(List.of(new EndpointPort("http", Protocol.TCP, 8080)))
                .build();
    }

    @Test
    void shouldNameTheEndpointThatSlicesDisagreeAboutAndTheSliceThatDoesNotCount() {
        final IpAddress disputed = IpAddress.parse("10.0.0.1");
        cluster.put(named("http"))
                .put(slice("web-1", Endpoint.ready(disputed), Endpoint.ready(IpAddress.parse("10.0.0.2"))))
                .put(slice("web-2", Endpoint.of(disputed, Endpoint.Condition.SERVING, Endpoint.Condition.TERMINATING)))
                .put(slice("web-3", Endpoint.of(disputed)));

        final PlanProblem warning = only();

        assertThat(warning.frontend()).contains(tcp("172.30.0.1", 80));
        assertThat(warning.reason())
                .contains("10.0.0.1:8080 counts as ready, though EndpointSlice ns/web-2, ns/web-3 say otherwise")
                .doesNotContain("10.0.0.2");
    }

    @Test
    void shouldSayNothingWhenSlicesThatShareAnAddressAgree() {
        final Endpoint endpoint = Endpoint.ready(IpAddress.parse("10.0.0.1"));
        cluster.put(named("http")).put(slice("web-1", endpoint)).put(slice("web-2", endpoint.onNode(Cluster.HERE)));

        assertThat(cluster.resolve().problems()).isEmpty();
    }

    private static Service.Builder balanced(String range, String ingress) {
        return service("web", "172.30.0.1")
                .type(ServiceType.LOAD_BALANCER)
                .sourceRanges(List.of(Cidr.parse(range)))
                .ingress(List.of(new LoadBalancerIngress(ips(ingress).getFirst(), LoadBalancerIngress.Mode.VIP)));
    }

    @Test
    void shouldWarnWhenSourceRangesAreOfTheOtherFamilyOnly() {
        cluster.put(balanced("2001:db8::/32", "1.2.3.4").build()).put(Cluster.slice("web", "10.0.0.1"));

        final PlanProblem warning = only();

        assertThat(warning.frontend()).contains(tcp("1.2.3.4", 80));
        assertThat(warning.reason()).contains("all clients may connect", "IPv4");
        assertThat(cluster.resolve()
                        .plan()
                        .rule(tcp("1.2.3.4", 80))
                        .orElseThrow()
                        .allowedSources())
                .isEmpty();
    }

    @Test
    void shouldWarnWhenAnAddressIsOfAFamilyThatTheServiceLacks() {
        cluster.put(balanced("10.0.0.0/8", "2001:db8::4").build()).put(Cluster.slice("web", "10.0.0.1"));
        assertThat(only().reason()).contains("load balancer IP 2001:db8::4 is not served", "no IPv6 cluster IP");

        cluster.put(service("web", "172.30.0.1").externalIps(ips("2001:db8::5")).build());
        assertThat(only().reason()).contains("external IP 2001:db8::5 is not served", "no IPv6 cluster IP");
    }
}
