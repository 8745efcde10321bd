package io.pointsman.kubernetes.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubernetesObjectsTest {
    private static final ObjectName WEB = new ObjectName("shop", "web");

    private static ClusterObject read(String json) throws ConfigException {
        return KubernetesObjects.fromJson(json.replace('\'', '"')).orElseThrow();
    }

    private static Service service(String spec) throws ConfigException {
        return (Service) read("{'apiVersion':'v1','kind':'Service','metadata':{'namespace':'shop','name':'web'},'spec':"
                + spec + "}");
    }

    @Test
    void shouldLeaveOutASlicesPortWithoutANumber() throws ConfigException {
        final Optional<ClusterObject> slice = KubernetesObjects.fromJson("""
                {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                 "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
                 "ports": [{"name": "a"}, {"name": "b", "port": 0}, {"name": "c", "port": null}, {"name": "d", "port": 80}]}""");

        assertThat(slice).hasValueSatisfying(object -> assertThat(((EndpointSlice) object).ports())
                .containsExactly(new EndpointPort("d", Protocol.TCP, 80)));
    }

    @Test
    void shouldTakeEveryFieldOfAService() throws ConfigException {
        final ClusterObject service = read("""
                {'apiVersion':'v1','kind':'Service',
                 'metadata':{'namespace':'shop','name':'web','labels':{'app':'web'},'annotations':{'note':"it's"},
                   'creationTimestamp':'2026-01-31T12:00:00Z','resourceVersion':'12','uid':'x',
                   'managedFields':[{'manager':'kubectl'}]},
                 'spec':{'type':'LoadBalancer','clusterIP':'10.0.65.118','clusterIPs':['10.0.65.118','2001:db8::1'],
                   'externalIPs':['192.0.2.7'],'externalTrafficPolicy':'Local','internalTrafficPolicy':'Local',
                   'healthCheckNodePort':32122,'sessionAffinity':'ClientIP',
                   'sessionAffinityConfig':{'clientIP':{'timeoutSeconds':60}},
                   'loadBalancerSourceRanges':[' 198.51.100.0/24 '],'selector':{'app':'web'},
                   'ports':[{'name':'http','port':80,'targetPort':'http','nodePort':30080},
                            {'name':'dns','port':53,'protocol':'UDP'}]},
                 'status':{'loadBalancer':{'ingress':[{'ip':'203.0.113.140'},{'hostname':'lb.example'},
                   {'ip':'203.0.113.141','ipMode':'Proxy'}]}}}
                """.replace("\"it's\"", "'its'"));

        assertThat(service)
                .isEqualTo(Service.builder(WEB)
                        .type(ServiceType.LOAD_BALANCER)
                        .clusterIps(List.of(IpAddress.parse("10.0.65.118"), IpAddress.parse("2001:db8::1")))
                        .ports(List.of(
                                new ServicePort("http", Protocol.TCP, 80, 30080),
                                new ServicePort("dns", Protocol.UDP, 53, 0)))
                        .externalIps(List.of(IpAddress.parse("192.0.2.7")))
                        .ingress(List.of(
                                new LoadBalancerIngress(IpAddress.parse("203.0.113.140"), LoadBalancerIngress.Mode.VIP),
                                new LoadBalancerIngress(
                                        IpAddress.parse("203.0.113.141"), LoadBalancerIngress.Mode.PROXY)))
                        .sourceRanges(List.of(Cidr.parse("198.51.100.0/24")))
                        .externalPolicy(TrafficPolicy.LOCAL)
                        .internalPolicy(TrafficPolicy.LOCAL)
                        .clientIpAffinity(Duration.ofSeconds(60))
                        .healthCheckNodePort(32122)
                        .labels(Map.of("app", "web"))
                        .annotations(Map.of("note", "its"))
                        .createdAt(Instant.parse("2026-01-31T12:00:00Z"))
                        .build());
    }

    @Test
    void shouldFillInTheDefaultsOfAService() throws ConfigException {
        final ClusterObject service = read(
                "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web'},'spec':{'clusterIP':'10.0.0.1','ports':[{'port':80}]}}");

        assertThat(service)
                .isEqualTo(Service.builder(new ObjectName("default", "web"))
                        .clusterIps(List.of(IpAddress.parse("10.0.0.1")))
                        .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                        .build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'clusterIP':'None','clusterIPs':['None']}",
                "{'clusterIP':'None'}",
                "{'clusterIP':''}",
                "{'clusterIP':null,'clusterIPs':null}",
                "{}"
            })
    void shouldHaveNoClusterIpWhenHeadlessOrNotAssigned(String spec) throws ConfigException {
        assertThat(service(spec).clusterIps()).isEmpty();
    }

    @Test
    void shouldStickForThreeHoursWhenAffinityNamesNoTimeout() throws ConfigException {
        assertThat(service("{'sessionAffinity':'ClientIP'}").clientIpAffinity()).contains(Duration.ofHours(3));
        assertThat(service("{'sessionAffinity':'None'}").clientIpAffinity()).isEmpty();
    }

    @Test
    void shouldReadLeadingZerosAsDecimal() throws ConfigException {
        assertThat(service("{'clusterIP':'010.000.000.011'}").clusterIps())
                .containsExactly(IpAddress.parse("10.0.0.11"));
    }

    @Test
    void shouldTakeEachAbsentConditionByItself() throws ConfigException {
        final ClusterObject slice = read("""
                {'apiVersion':'discovery.k8s.io/v1','kind':'EndpointSlice','addressType':'IPv4',
                 'metadata':{'namespace':'shop','name':'web-1','labels':{'kubernetes.io/service-name':'web'},
                   'annotations':{'endpoints.kubernetes.io/last-change-trigger-time':'2026-01-31T12:00:00.5Z'}},
                 'ports':[{'port':8080},{'name':'any'},{'name':'dns','port':53,'protocol':'UDP'}],
                 'endpoints':[
                   {'addresses':['10.180.1.136']},
                   {'addresses':['10.180.1.137','10.180.1.200'],'nodeName':'n1','conditions':{'ready':false}},
                   {'addresses':['10.180.1.138'],'conditions':{'terminating':true,'ready':null},
                    'hints':{'forZones':[{'name':'a'}],'forNodes':[{'name':'n1'}]}}]}
                """);

        final IpAddress first = IpAddress.parse("10.180.1.136");
        assertThat(slice)
                .isEqualTo(EndpointSlice.builder(new ObjectName("shop", "web-1"), WEB, IpFamily.IPV4)
                        .endpoints(List.of(
                                Endpoint.ready(first),
                                Endpoint.of(IpAddress.parse("10.180.1.137"), Endpoint.Condition.SERVING)
                                        .onNode("n1"),
                                Endpoint.of(
                                                IpAddress.parse("10.180.1.138"),
                                                Endpoint.Condition.READY,
                                                Endpoint.Condition.SERVING,
                                                Endpoint.Condition.TERMINATING)
                                        .hintedFor(Set.of("a"), Set.of("n1"))))
                        .ports(List.of(
                                new EndpointPort("", Protocol.TCP, 8080), new EndpointPort("dns", Protocol.UDP, 53)))
                        .lastChangeTrigger(Optional.of(Instant.parse("2026-01-31T12:00:00.5Z")))
                        .build());
    }

    @Test
    void shouldReadANode() throws ConfigException {
        final ClusterObject node = read("""
                {'apiVersion':'v1','kind':'Node',
                 'metadata':{'name':'n1','labels':{'topology.kubernetes.io/zone':'a'},'deletionTimestamp':'2026-01-31T12:00:00Z'},
                 'spec':{'podCIDR':'10.180.0.0/16','taints':[{'key':'ToBeDeletedByClusterAutoscaler','effect':'NoSchedule'}]},
                 'status':{'addresses':[{'type':'ExternalIP','address':'203.0.113.9'},{'type':'Hostname','address':'n1'},
                   {'type':'InternalIP','address':'10.240.0.4'}],'images':[{'names':['x']}]}}
                """);

        assertThat(node)
                .isEqualTo(new Node(
                        "n1",
                        List.of(IpAddress.parse("10.240.0.4"), IpAddress.parse("203.0.113.9")),
                        Optional.of("a"),
                        List.of(Cidr.parse("10.180.0.0/16")),
                        true,
                        Set.of(Node.TO_BE_DELETED_TAINT)));
    }

    @Test
    void shouldLeaveOutWhatAProxyHasNoUseFor() throws ConfigException {
        assertThat(KubernetesObjects.fromJson("""
                {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}""")).isEmpty();
        assertThat(KubernetesObjects.fromJson("""
                {"apiVersion":"serving.knative.dev/v1","kind":"Service","spec":3}""")).isEmpty();
        assertThat(KubernetesObjects.fromJson("""
                {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"x"},"addressType":"FQDN",
                 "endpoints":[{"addresses":["a.example"]}]}""")).isEmpty();
    }

    @Test
    void shouldConvertObjectsOfTheFabric8Client() throws ConfigException {
        assertThat(KubernetesObjects.from(new ServiceBuilder()
                        .withNewMetadata()
                        .withNamespace("shop")
                        .withName("web")
                        .endMetadata()
                        .withNewSpec()
                        .withClusterIP("10.0.0.1")
                        .addNewPort()
                        .withPort(80)
                        .withNewTargetPort(8080)
                        .endPort()
                        .endSpec()
                        .build()))
                .contains(Service.builder(WEB)
                        .clusterIps(List.of(IpAddress.parse("10.0.0.1")))
                        .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                        .build());
        assertThat(KubernetesObjects.from(new EndpointSliceBuilder()
                        .withNewMetadata()
                        .withNamespace("shop")
                        .withName("web-1")
                        .addToLabels(EndpointSlice.SERVICE_NAME_LABEL, "web")
                        .endMetadata()
                        .withAddressType("IPv6")
                        .addNewEndpoint()
                        .withAddresses("2001:db8::7")
                        .endEndpoint()
                        .addNewPort("http", "http", 80, "TCP")
                        .build()))
                .contains(EndpointSlice.builder(new ObjectName("shop", "web-1"), WEB, IpFamily.IPV6)
                        .endpoints(List.of(Endpoint.ready(IpAddress.parse("2001:db8::7"))))
                        .ports(List.of(new EndpointPort("http", Protocol.TCP, 80)))
                        .build());
        assertThat(KubernetesObjects.from(new NodeBuilder()
                        .withNewMetadata()
                        .withName("n1")
                        .endMetadata()
                        .build()))
                .contains(new Node("n1", List.of(), Optional.empty(), List.of(), false, Set.of()));
    }

    @Test
    void shouldNameObjectFieldValueAndWhatIsAllowedWhenRefusing() {
        assertThatThrownBy(() -> service("{'clusterIP':'10.0.0.1','ports':[{'port':70000}]}"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("Service shop/web: spec.ports[0].port: 70000 is not in 1..65535");
    }

    @Test
    void shouldSayWhereWhenTheTextIsNoJson() {
        assertThatThrownBy(() -> read("{\n'kind': oops}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("not JSON, line 2");
    }
}
