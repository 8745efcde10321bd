package io.pointsman.kubernetes.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.Severity;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests a file's Service with fields that belong to an earlier type. */
class StaleFieldsTest {
    private static Manifest read(String type) throws UnreadableException {
        final String text = """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                spec:
                  type: %s
                  clusterIP: 10.96.0.10
                  externalIPs: [203.0.113.6]
                  ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81}]
                status: {loadBalancer: {ingress: [{ip: 203.0.113.5}]}}
                """.formatted(type);
        return ManifestParser.parse("web.yaml", text.getBytes(StandardCharsets.UTF_8), ManifestLimits.DEFAULT);
    }

    private static Service service(Manifest manifest) {
        return (Service) manifest.objects().values().iterator().next().object();
    }

    @Test
    void shouldLeaveNodePortsAndBalancersAddressesOutWhenTheTypeHasNone() throws UnreadableException {
        final Manifest manifest = read("ClusterIP");

        assertThat(service(manifest).ports()).extracting(ServicePort::nodePort).containsExactly(0, 0);
        assertThat(service(manifest).ingress()).isEmpty();
        assertThat(service(manifest).externalIps()).containsExactly(IpAddress.parse("203.0.113.6"));
        assertThat(manifest.refused()).isEmpty();
        assertThat(manifest.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Severity.WARNING);
            assertThat(problem.where()).isEqualTo("web.yaml:1 Service shop/web");
            assertThat(problem.reason())
                    .isEqualTo("is of type ClusterIP, so that node port 30080, load balancer IP 203.0.113.5 are not"
                            + " served; take it out, or change the type");
        });
    }

    @Test
    void shouldKeepNodePortsAlone() throws UnreadableException {
        final Manifest manifest = read("NodePort");

        assertThat(service(manifest).ports()).extracting(ServicePort::nodePort).containsExactly(30_080, 0);
        assertThat(service(manifest).ingress()).isEmpty();
        assertThat(manifest.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .startsWith("is of type NodePort, so that load balancer IP 203.0.113.5 is not served"));
    }

    @Test
    void shouldKeepEverythingOfABalancers() throws UnreadableException {
        final Manifest manifest = read("LoadBalancer");

        assertThat(service(manifest).ports()).extracting(ServicePort::nodePort).containsExactly(30_080, 0);
        assertThat(service(manifest).ingress())
                .extracting(LoadBalancerIngress::ip)
                .hasSize(1);
        assertThat(manifest.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0", "224.0.0.1", "169.254.169.254", "'::'", "255.255.255.255"})
    void shouldReadAddressesThatThePlanRefusesOneByOne(String address) throws UnreadableException {
        final String text = """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                spec: {type: LoadBalancer, clusterIP: 10.96.0.10, externalIPs: ["%s"], ports: [{port: 80}]}
                status: {loadBalancer: {ingress: [{ip: "%s"}]}}
                """.formatted(address, address);
        final Manifest manifest =
                ManifestParser.parse("web.yaml", text.getBytes(StandardCharsets.UTF_8), ManifestLimits.DEFAULT);

        assertThat(manifest.problems()).isEmpty();
        assertThat(service(manifest).externalIps()).containsExactly(IpAddress.parse(address));
        assertThat(service(manifest).ingress()).hasSize(1);
    }
}
