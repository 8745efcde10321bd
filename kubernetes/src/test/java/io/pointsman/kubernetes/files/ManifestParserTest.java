package io.pointsman.kubernetes.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestParserTest {
    private static final String TWO_DOCUMENTS = """
            # what the shop runs
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec:
              clusterIP: 10.0.0.1
              ports:
              - {name: http, port: 80, targetPort: 8080}
            ---
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: web-1
              namespace: shop
              labels:
                kubernetes.io/service-name: web
            addressType: IPv4
            endpoints:
              - addresses: ["10.180.1.136"]
            ports:
              - name: http
                port: 8080
            ...
            """;

    private static final String KUBECTL_LIST = """
            apiVersion: v1
            items:
            - apiVersion: v1
              kind: Service
              metadata:
                annotations:
                  kubectl.kubernetes.io/last-applied-configuration: |
                    {"apiVersion":"v1","kind":"Service","metadata":{"name":"web"}}
                creationTimestamp: "2026-01-31T12:00:00Z"
                labels:
                  app: web
                managedFields:
                - apiVersion: v1
                  fieldsType: FieldsV1
                  fieldsV1:
                    f:spec:
                      f:ports:
                        .: {}
                        k:{"port":80,"protocol":"TCP"}:
                          .: {}
                          f:port: {}
                  manager: kubectl
                name: web
                namespace: shop
                resourceVersion: "813"
                uid: 9c1b9a53-7a25-4c39-a8f0-2a64d1a2e0f1
              spec:
                allocateLoadBalancerNodePorts: true
                clusterIP: 10.0.65.118
                clusterIPs:
                - 10.0.65.118
                externalTrafficPolicy: Local
                healthCheckNodePort: 32122
                internalTrafficPolicy: Cluster
                ipFamilies:
                - IPv4
                ipFamilyPolicy: SingleStack
                ports:
                - nodePort: 30080
                  port: 80
                  protocol: TCP
                  targetPort: http
                selector:
                  app: web
                sessionAffinity: None
                type: LoadBalancer
              status:
                conditions: []
                loadBalancer:
                  ingress:
                  - ip: 203.0.113.140
                    ipMode: VIP
            - apiVersion: v1
              data:
                key: value
              kind: ConfigMap
              metadata:
                name: other
            - addressType: IPv4
              apiVersion: discovery.k8s.io/v1
              endpoints:
              - addresses:
                - 10.180.1.136
                conditions:
                  ready: true
                  serving: true
                  terminating: false
                nodeName: kubernetes-node-6jst
                targetRef:
                  kind: Pod
                  name: source-ip-app-1
              kind: EndpointSlice
              metadata:
                generateName: web-
                generation: 3
                labels:
                  endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
                  kubernetes.io/service-name: web
                name: web-x7k2p
                namespace: shop
                ownerReferences:
                - apiVersion: v1
                  blockOwnerDeletion: true
                  controller: true
                  kind: Service
                  name: web
              ports:
              - name: ""
                port: 8080
                protocol: TCP
            kind: List
            metadata:
              resourceVersion: ""
            """;

    static Manifest parse(String text) throws UnreadableException {
        return parse("a.yaml", text);
    }

    static Manifest parse(String file, String text) throws UnreadableException {
        return ManifestParser.parse(file, text.getBytes(UTF_8), ManifestLimits.DEFAULT);
    }

    private static List<String> names(Manifest manifest) {
        return manifest.objects().keySet().stream().map(ObjectKey::toString).toList();
    }

    @Test
    void shouldReadDocumentsAndTheirLines() throws UnreadableException {
        final Manifest manifest = parse(TWO_DOCUMENTS);

        assertThat(manifest.problems()).isEmpty();
        assertThat(manifest.objects().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue().line()))
                .containsExactly("Service shop/web 2", "EndpointSlice shop/web-1 11");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n", "\r"})
    void shouldReadTheSameWhateverTheLineEndings(String lineEnding) throws UnreadableException {
        assertThat(parse(TWO_DOCUMENTS.replace("\n", lineEnding)).objects())
                .isEqualTo(parse(TWO_DOCUMENTS).objects());
    }

    @Test
    void shouldSkipAByteOrderMark() throws UnreadableException {
        assertThat(parse("\uFEFF" + TWO_DOCUMENTS)).isEqualTo(parse(TWO_DOCUMENTS));
        assertThat(names(parse(
                        "a.json", "\uFEFF{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}")))
                .containsExactly("Node n");
    }

    @Test
    void shouldReadAListAsKubectlPrintsItWithoutItsNoise() throws UnreadableException {
        final Manifest manifest = parse(KUBECTL_LIST);

        assertThat(manifest.problems()).isEmpty();
        assertThat(names(manifest)).containsExactly("Service shop/web", "EndpointSlice shop/web-x7k2p");
        assertThat(manifest.ignoredKinds()).containsExactly("v1 ConfigMap");
        final List<Manifest.Placed> objects = List.copyOf(manifest.objects().values());
        final Service service = (Service) objects.getFirst().object();
        assertThat(service.healthCheckNodePort()).isEqualTo(32122);
        assertThat(service.annotations()).hasSize(1);
        final EndpointSlice slice = (EndpointSlice) objects.getLast().object();
        assertThat(slice.service()).isEqualTo(new ObjectName("shop", "web"));
        assertThat(slice.endpoints())
                .containsExactly(Endpoint.ready(IpAddress.parse("10.180.1.136")).onNode("kubernetes-node-6jst"));
    }

    @Test
    void shouldReadAnAnswerOfTheApiWhoseItemsHaveNoKind() throws UnreadableException {
        final String item =
                "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"port\":80}]}}";

        assertThat(names(parse("a.json", "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"items\":[" + item + "]}")))
                .containsExactly("Service default/web");
        assertThat(names(parse("a.json", "{\"items\":[" + item + "],\"kind\":\"ServiceList\",\"apiVersion\":\"v1\"}")))
                .containsExactly("Service default/web");
    }

    @Test
    void shouldRefuseOneItemAloneWhenItsKeysAreGivenTwice() throws UnreadableException {
        final Manifest manifest = parse("a.json", """
                {"items": [{"metadata": {"name": "a"}},
                 {"metadata": {"name": "b"}, "metadata": {"name": "c"}}], "kind": "NodeList", "apiVersion": "v1"}
                """);

        assertThat(names(manifest)).containsExactly("Node a");
        assertThat(manifest.problems().stream().map(Object::toString))
                .containsExactly("a.json:2 Node b: the key \"metadata\" is given twice, first in line 2");
        assertThat(manifest.refused()).hasSize(1);
    }

    @Test
    void shouldTakeNoObjectForDeletedWhenAListHasTwoListsOfItems() throws UnreadableException {
        final Manifest manifest = parse("kind: List\nitems: []\nitems: [{kind: Service}]\n");

        assertThat(manifest.refusedUnnamed()).isTrue();
        assertThat(manifest.problems().stream().map(Object::toString))
                .containsExactly(
                        "a.yaml:3 List without a usable name: the key \"items\" is given twice, first in line 2");
    }

    @Test
    void shouldReadJsonWithTabsAndSeveralValues() throws UnreadableException {
        assertThat(names(parse(
                        "a.json",
                        "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Node\",\n\t\"metadata\": {\"name\": \"n1\"}\n}\n"
                                + "{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"metadata\": {\"name\": \"n2\"}}")))
                .containsExactly("Node n1", "Node n2");
    }

    @Test
    void shouldReadJsonInAYamlFile() throws UnreadableException {
        assertThat(names(parse("""
                {"apiVersion":"v1","kind":"Node","metadata":{"name":"n\\u0031","annotations":{"a":"\\/\\ud83d\\ude00"}}}
                """))).containsExactly("Node n1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "---\n", "---\n---\n...\n", "null\n", "~"})
    void shouldFindNothingInAnEmptyFile(String text) throws UnreadableException {
        assertThat(parse(text)).isEqualTo(Manifest.EMPTY);
    }

    @Test
    void shouldReadAListWithinAListAsKubectlDoes() throws UnreadableException {
        assertThat(names(parse("""
                kind: List
                apiVersion: v1
                items:
                - kind: NodeList
                  apiVersion: v1
                  items: [{metadata: {name: n1}}, {metadata: {name: n2}}]
                - {kind: List, apiVersion: v1, items: [{kind: List, apiVersion: v1, items: [{kind: Node, apiVersion: v1, metadata: {name: n3}}]}]}
                - {kind: Node, apiVersion: v1, metadata: {name: n4}}
                """))).containsExactly("Node n1", "Node n2", "Node n3", "Node n4");
    }

    @Test
    void shouldTakeTheOtherDocumentsWhenOneIsNoObject() throws UnreadableException {
        final Manifest manifest = parse("""
                just text
                ---
                - {kind: Node}
                ---
                {kind: Node, apiVersion: v1, metadata: {name: n1}}
                """);

        assertThat(names(manifest)).containsExactly("Node n1");
        assertThat(manifest.problems())
                .extracting(problem -> problem.where() + ": " + problem.reason())
                .containsExactly(
                        "a.yaml:1 document: a Kubernetes object is needed here: apiVersion, kind, metadata …; found"
                                + " \"just text\"",
                        "a.yaml:3 document: a Kubernetes object is needed here: apiVersion, kind, metadata …; found a"
                                + " list");
        assertThat(manifest.refusedUnnamed())
                .as("who knows what was in them: nothing is taken for deleted")
                .isTrue();
    }

    @Test
    void shouldSayWhatIsMissingWhenJsonIsCutOff() {
        assertThatThrownBy(() -> parse("a.json", "{\"kind\": \"Service\""))
                .isInstanceOf(UnreadableException.class)
                .hasMessage("not JSON: Unexpected end-of-input: expected close marker for Object");
    }

    @Test
    void shouldIgnoreTheItemsOfWhatIsNoList() throws UnreadableException {
        final Manifest manifest = parse("""
                apiVersion: example.com/v1
                items: [{apiVersion: v1, kind: Node, metadata: {name: n1}}, {kind: 7}]
                kind: Menu
                """);

        assertThat(manifest)
                .isEqualTo(new Manifest(
                        java.util.Map.of(),
                        List.of(),
                        java.util.Set.of(),
                        false,
                        java.util.Set.of("example.com/v1 Menu")));
    }

    @Test
    void shouldTakeAnchorsAndMergeKeys() throws UnreadableException {
        final Manifest manifest = parse("""
                kind: List
                apiVersion: v1
                items:
                - &first
                  apiVersion: v1
                  kind: Service
                  metadata: {name: a}
                  spec: &spec {clusterIP: 10.0.0.1, ports: [{port: 80}]}
                - apiVersion: v1
                  kind: Service
                  metadata: {name: b}
                  spec: {<<: *spec, clusterIP: 10.0.0.2}
                """);

        assertThat(manifest.problems()).isEmpty();
        assertThat(manifest.objects().values().stream()
                        .map(placed -> (Service) placed.object())
                        .collect(Collectors.toMap(
                                s -> s.name().name(),
                                s -> s.clusterIps() + " "
                                        + s.ports().stream()
                                                .map(ServicePort::port)
                                                .toList())))
                .containsEntry("a", "[10.0.0.1] [80]")
                .containsEntry("b", "[10.0.0.2] [80]");
    }

    @Test
    void shouldKeepTheFirstOfTwoObjectsOfOneName() throws UnreadableException {
        final String service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.0.0.%d}\n";
        final Manifest manifest = parse(service.formatted(1) + "---\n" + service.formatted(2));

        assertThat(manifest.objects().values().stream().map(placed -> ((Service) placed.object()).clusterIps()))
                .containsExactly(List.of(IpAddress.parse("10.0.0.1")));
        assertThat(manifest.problems().stream().map(Object::toString))
                .containsExactly(
                        "a.yaml:6 Service default/web: is in this file already, in line 1, which stays in force; remove one of them");
    }

    @Test
    void shouldRefuseTheFileAndNameTheLineWhenItIsNotYaml() {
        assertUnreadable(TWO_DOCUMENTS + "---\na: [b\n", 27, "not YAML");
        assertUnreadable("a:\n\tb: 1\n", 2, "TAB");
        assertUnreadable("a: *nothing\n", 1, "no anchor");
        assertUnreadable("a: &b\n  c: *b\n", 2, "inside its own anchor");
        assertUnreadable("a: b\n\nc: \u0007\n", 3, "U+0007");
        assertUnreadable(
                "just text",
                1,
                "a Kubernetes object is needed here: apiVersion, kind, metadata …; found \"just text\"");
        assertUnreadable("- a\n", 1, "found a list");
        assertUnreadable("%YAML 7.0\n---\na: b\n", 1, "not YAML 1");
        assertUnreadable("a: !unknown!tag b\n", 1, "tag");
    }

    private static void assertUnreadable(String text, int line, String reason) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOfSatisfying(
                        UnreadableException.class,
                        e -> assertThat(e.line()).as(text).isEqualTo(line))
                .hasMessageContaining(reason);
    }

    @Test
    void shouldRefuseOtherEncodingsThanUtf8() {
        final byte[] latin1 = "a: b\nc: gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> ManifestParser.parse("a.yaml", latin1, ManifestLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        UnreadableException.class, e -> assertThat(e.line()).isEqualTo(2))
                .hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> ManifestParser.parse("a.json", latin1, ManifestLimits.DEFAULT))
                .isInstanceOf(UnreadableException.class);
        assertThatThrownBy(() -> ManifestParser.parse(
                        "a.yaml", "a: b".getBytes(StandardCharsets.UTF_16), ManifestLimits.DEFAULT))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("UTF-16");
    }

    @Test
    void shouldRefuseTheFileAndNameTheLineWhenItIsNotJson() {
        assertThatThrownBy(() -> parse("a.json", "{\n\"kind\": \"Node\",\n\"metadata\": }"))
                .isInstanceOfSatisfying(
                        UnreadableException.class, e -> assertThat(e.line()).isEqualTo(3))
                .hasMessageContaining("not JSON");
        assertThatThrownBy(() -> parse("a.json", "{\"kind\": \"Node\""))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("not JSON");
    }
}
