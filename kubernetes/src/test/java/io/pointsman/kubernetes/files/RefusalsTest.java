package io.pointsman.kubernetes.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.ObjectKey;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the message for each kind of mistake: line, object, field, value and what is allowed. */
class RefusalsTest {
    private static final String GOOD = """
            apiVersion: v1
            kind: Node
            metadata: {name: good}
            """;

    private static Arguments service(int line, String spec, String expected) {
        return Arguments.of("""
                apiVersion: v1
                kind: Service
                metadata:
                  name: web
                  namespace: shop
                spec:
                """ + spec.indent(2), "a.yaml:" + line + " Service shop/web: " + expected);
    }

    private static Arguments slice(int line, String rest, String expected) {
        return Arguments.of("""
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: web-1
                  labels: {kubernetes.io/service-name: web}
                """ + rest, "a.yaml:" + line + " EndpointSlice default/web-1: " + expected);
    }

    private static Arguments object(String text, String expected) {
        return Arguments.of(text, "a.yaml:" + expected);
    }

    static Stream<Arguments> services() {
        return Stream.of(
                service(
                        7,
                        "ports:\n- port: 80",
                        "spec.clusterIP: is missing: without an API server none is assigned; give an address, or None"
                                + " for a headless Service"),
                service(8, "ports:\n- port: 70000", "spec.ports[0].port: 70000 is not in 1..65535"),
                service(8, "ports:\n- port: 0", "spec.ports[0].port: 0 is not in 1..65535"),
                service(8, "ports:\n- port: -1", "spec.ports[0].port: -1 is not in 1..65535"),
                service(
                        8,
                        "ports:\n- port: 99999999999999999999",
                        "spec.ports[0].port: 99999999999999999999 is not in 1..65535"),
                service(
                        8,
                        "ports:\n- port: \"80\"",
                        "spec.ports[0].port: \"80\" is a string, a whole number in 1..65535 is needed"),
                service(
                        8,
                        "ports:\n- port: 80.5",
                        "spec.ports[0].port: 80.5 is a number, a whole number in 1..65535 is needed"),
                service(
                        8,
                        "ports:\n- port: 0x50",
                        "spec.ports[0].port: 0x50 is a number, a whole number in 1..65535 is needed"),
                service(
                        8,
                        "ports:\n- port: 080",
                        "spec.ports[0].port: 080 is a number, a whole number in 1..65535 is needed"),
                service(
                        8,
                        "ports:\n- port: http",
                        "spec.ports[0].port: \"http\" is a string, a whole number in 1..65535 is needed"),
                service(
                        8,
                        "ports:\n- port: true",
                        "spec.ports[0].port: true is a boolean, a whole number in 1..65535 is needed"),
                service(8, "ports:\n- name: http", "spec.ports[0].port: is missing: a number in 1..65535 is needed"),
                service(9, "ports:\n- port: 80\n  nodePort: 65536", "spec.ports[0].nodePort: 65536 is not in 0..65535"),
                service(
                        9,
                        "ports:\n- port: 80\n  protocol: ICMP",
                        "spec.ports[0].protocol: \"ICMP\" is not one of SCTP, TCP, UDP"),
                service(
                        9,
                        "ports:\n- port: 80\n  protocol: tcp",
                        "spec.ports[0].protocol: \"tcp\" is not one of SCTP, TCP, UDP"),
                service(
                        9,
                        "ports:\n- port: 80\n- port: 81",
                        "spec.ports[1].name: is missing: of several ports each needs a name"),
                service(
                        9,
                        "ports:\n- {name: a, port: 80}\n- {name: a, port: 81}",
                        "spec.ports[1].name: \"a\" is the name of another port of this Service, too"),
                service(
                        9,
                        "ports:\n- {name: a, port: 80}\n- {name: b, port: 80}",
                        "spec.ports[1].port: TCP 80 is given twice"),
                service(7, "ports: 80", "spec.ports: 80 is a number, a list is needed"),
                service(8, "ports:\n  port: 80", "spec.ports: is an object, a list is needed"),
                service(
                        7,
                        "type: Balancer",
                        "spec.type: \"Balancer\" is not one of ClusterIP, ExternalName, LoadBalancer, NodePort"),
                service(7, "clusterIP: 10.0.0.256", "spec.clusterIP: \"10.0.0.256\" is not an IP address"),
                service(7, "clusterIP: web.example", "spec.clusterIP: \"web.example\" is not an IP address"),
                service(
                        7,
                        "clusterIPs: [10.0.0.1, 10.0.0.2]",
                        "spec.clusterIPs[1]: 10.0.0.2 is a second IPv4 address; at most one is allowed"),
                service(7, "clusterIPs: [None, 10.0.0.2]", "spec.clusterIPs[0]: \"None\" is not an IP address"),
                service(
                        7,
                        "clusterIP: 10.0.0.1\nclusterIPs: [10.0.0.2]",
                        "spec.clusterIP: \"10.0.0.1\" is not the first of clusterIPs, \"10.0.0.2\""),
                service(
                        7,
                        "externalIPs: [\"2001:db8::1%eth0\"]",
                        "spec.externalIPs[0]: \"2001:db8::1%eth0\" is not an IP address"),
                service(
                        7,
                        "loadBalancerSourceRanges: [10.0.0.0/33]",
                        "spec.loadBalancerSourceRanges[0]: \"10.0.0.0/33\" is not an address range such as 10.0.0.0/8 or 2001:db8::/32"),
                service(
                        7,
                        "loadBalancerSourceRanges: [10.0.0.1]",
                        "spec.loadBalancerSourceRanges[0]: \"10.0.0.1\" is not an address range such as 10.0.0.0/8 or 2001:db8::/32"),
                service(
                        7,
                        "externalTrafficPolicy: local",
                        "spec.externalTrafficPolicy: \"local\" is not one of Cluster, Local"),
                service(
                        7,
                        "internalTrafficPolicy: Node",
                        "spec.internalTrafficPolicy: \"Node\" is not one of Cluster, Local"),
                service(7, "healthCheckNodePort: 100000", "spec.healthCheckNodePort: 100000 is not in 0..65535"),
                service(7, "sessionAffinity: Cookie", "spec.sessionAffinity: \"Cookie\" is not one of ClientIP, None"),
                service(
                        8,
                        "sessionAffinity: ClientIP\nsessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}",
                        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: 86401 is not in 1..86400"),
                service(
                        8,
                        "sessionAffinity: ClientIP\nsessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}",
                        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: 0 is not in 1..86400"),
                service(8, "type: ClusterIP\ntype: NodePort", "the key \"type\" is given twice, first in line 7"),
                service(
                        7,
                        "clusterIP: !!binary MTAuMC4wLjE=",
                        "the YAML tag \"tag:yaml.org,2002:binary\" is not allowed here; leave it out"),
                service(
                        7,
                        "clusterIP: !address 10.0.0.1",
                        "the YAML tag \"!address\" is not allowed here; leave it out"),
                service(7, "? [clusterIP]\n: 10.0.0.1", "a list or an object as a key is not allowed"));
    }

    static Stream<Arguments> slices() {
        return Stream.of(
                slice(1, "endpoints: []", "addressType: is missing"),
                slice(6, "addressType: IPv5", "addressType: \"IPv5\" is not one of FQDN, IPv4, IPv6"),
                slice(
                        7,
                        "addressType: IPv4\nendpoints: [{addresses: [\"2001:db8::1\"]}]",
                        "endpoints[0].addresses[0]: 2001:db8::1 is an IPv6 address in a slice of addressType IPv4"),
                slice(
                        7,
                        "addressType: IPv6\nendpoints: [{addresses: [\"::ffff:10.0.0.1\"]}]",
                        "endpoints[0].addresses[0]: 10.0.0.1 is an IPv4 address in a slice of addressType IPv6"),
                slice(
                        8,
                        "addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1, nowhere]",
                        "endpoints[0].addresses[1]: \"nowhere\" is not an IP address"),
                slice(
                        8,
                        "addressType: IPv4\nendpoints:\n- addresses: []",
                        "endpoints[0].addresses: is empty: an endpoint has at least one address"),
                slice(
                        8,
                        "addressType: IPv4\nendpoints:\n- {}",
                        "endpoints[0].addresses: is empty: an endpoint has at least one address"),
                slice(
                        9,
                        "addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\n  conditions: {ready: \"yes\"}",
                        "endpoints[0].conditions.ready: \"yes\" is a string, true or false is needed"),
                slice(
                        9,
                        "addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\n  hints: {forZones: [a]}",
                        "endpoints[0].hints.forZones[0]: \"a\" is a string, an object is needed"),
                slice(7, "addressType: IPv4\nports: [{port: 65536}]", "ports[0].port: 65536 is not in 0..65535"),
                slice(
                        7,
                        "addressType: IPv4\nports: [{port: 80}, {port: 81}]",
                        "ports[1].name: \"\" is the name of another port of this slice, too"));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {namespace: a}",
                        "3 Service without a usable name: metadata.name: is missing"),
                object("apiVersion: v1\nkind: Service", "1 Service without a usable name: metadata.name: is missing"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: 7}",
                        "3 Service without a usable name: metadata.name: 7 is a number, a string is needed"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: a/b}",
                        "3 Service without a usable name: metadata.name: \"a/b\" can't be a name: no \"/\" or \"%\", and not \".\" or \"..\""),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {b: 1}}",
                        "3 Service default/a: metadata.annotations.b: 1 is a number, a string is needed"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: a, creationTimestamp: today}",
                        "3 Service default/a: metadata.creationTimestamp: \"today\" is not a time such as 2026-01-31T12:00:00Z"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: [a]",
                        "3 Service without a usable name: metadata: is a list, an object is needed"),
                object("kind: Service\nmetadata: {name: a}", "1 Service without a usable name: apiVersion: is missing"),
                object("apiVersion: v1\nmetadata: {name: a}", "1 object without a usable name: kind: is missing"),
                object(
                        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: IPv4",
                        "3 EndpointSlice default/a: metadata.labels.kubernetes.io/service-name: is missing: this label names the Service that the slice belongs to"),
                object(
                        "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec: {podCIDR: 10.0.0.0/x}",
                        "4 Node n: spec.podCIDR: \"10.0.0.0/x\" is not an address range such as 10.0.0.0/8 or 2001:db8::/32"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nstatus: {loadBalancer: {ingress: [{ip: 1.2.3}]}}",
                        "4 Service default/a: status.loadBalancer.ingress[0].ip: \"1.2.3\" is not an IP address"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nstatus: {loadBalancer: {ingress: [{ip: 1.2.3.4, ipMode: Tunnel}]}}",
                        "4 Service default/a: status.loadBalancer.ingress[0].ipMode: \"Tunnel\" is not one of Proxy, VIP"),
                object(
                        "apiVersion: v1\nkind: Service\nmetadata: {name: \"a\\nERROR forged\"}\nspec: 1",
                        "4 Service default/a\\nERROR forged: spec: 1 is a number, an object is needed"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource({"services", "slices", "others"})
    void shouldRefuseTheObjectAloneAndSayWhy(String text, String expected) throws UnreadableException {
        final Manifest manifest = ManifestParserTest.parse(text + "\n---\n" + GOOD);

        assertThat(manifest.problems().stream().map(Object::toString)).containsExactly(expected);
        assertThat(manifest.objects().keySet().stream().map(ObjectKey::toString))
                .containsExactly("Node good");
        assertThat(manifest.refusedUnnamed()).isEqualTo(expected.contains("without a usable name"));
    }
}
