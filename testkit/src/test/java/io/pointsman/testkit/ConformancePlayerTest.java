package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the player itself: that it notices failures, and parts of the format that no case uses. */
class ConformancePlayerTest {
    private static final String NODE = """
            "node": {"name": "here", "ips": ["192.168.0.2"], "primaryIP": "192.168.0.2", "clusterCIDRs": ["10.0.0.0/8"]}""";
    private static final String SERVICE = """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "ns", "name": "web"},
             "spec": {"type": "ClusterIP", "clusterIP": "172.030.000.041", "clusterIPs": ["172.030.000.041"],
                      "ports": [{"name": "dns", "protocol": "UDP", "port": 53}]}}""";

    private static String slice(String endpoints) {
        return """
               {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"namespace": "ns", "name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
                "endpoints": [%s], "ports": [{"name": "dns", "protocol": "UDP", "port": 53}]}""".formatted(endpoints);
    }

    private static String endpoint(String address) {
        return "{\"addresses\": [\"" + address + "\"], \"nodeName\": \"here\"}";
    }

    private static String packet(String extra, String verdict, String endpoints) {
        return """
               {"name": "probe", "protocol": "UDP", "from": "10.0.0.9", "to": "172.30.0.41", "port": 53, %s
                "expect": {"verdict": "%s", "endpoints": [%s], "masquerade": false}}""".formatted(extra, verdict, endpoints);
    }

    private static List<ConformanceResult> play(String kind, String variant, String body) {
        return ConformancePlayer.play(ConformanceCases.parse("one.json", """
                {"id": "one", "title": "One", "kind": "%s", "variant": "%s", %s}""".formatted(kind, variant, body)));
    }

    private static List<ConformanceResult> play(String kind, String body) {
        return play(kind, "any", body);
    }

    private static String services(String steps) {
        return NODE + ", \"services\": [" + SERVICE + "], \"endpointSlices\": [" + slice(endpoint("10.0.0.1")) + "], "
                + steps;
    }

    @Test
    void shouldPassInBothModesWhenThePacketDoesAsExpected() {
        assertThat(play("packets", services("\"packets\": [" + packet("", "forward", "\"10.0.0.1:53\"") + "]")))
                .hasSize(2)
                .allMatch(result -> result.failure().isEmpty());
    }

    @Test
    void shouldFailAndSayWhatWasFoundWhenThePacketDoesNot() {
        assertThat(play("packets", services("\"packets\": [" + packet("", "drop", "") + "]")))
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.toString())
                        .startsWith("one / ")
                        .endsWith("probe: expected DROP but found FORWARD to [10.0.0.1:53] keeping the source"));
    }

    @Test
    void shouldPlayAPacketOnlyInItsOwnVariant() {
        final String other = packet("\"variant\": \"nftables\",", "forward", "\"10.0.0.1:53\"");

        assertThat(play("packets", services("\"packets\": [" + other + "]")))
                .singleElement()
                .satisfies(result -> assertThat(result.path()).containsExactly("one", "nftables", "probe"));
    }

    @Test
    void shouldLeaveThePlanAloneUntilTheNextSync() {
        final String moved = slice(endpoint("10.0.0.2"));
        final String steps = """
                "steps": [
                 {"name": "unsynced", "sync": false, "apply": {"endpointSlices": [%s]}, "packets": [%s]},
                 {"name": "restarted", "sync": false, "restart": true, "packets": [%s]},
                 {"name": "synced", "packets": [%s]}]""".formatted(
                        moved,
                        packet("", "forward", "\"10.0.0.1:53\""),
                        packet("", "forward", "\"10.0.0.1:53\""),
                        packet("", "forward", "\"10.0.0.2:53\""));

        assertThat(play("packets", services(steps))).hasSize(6).allMatch(result -> result.failure()
                .isEmpty());
    }

    @Test
    void shouldTellWhenUdpFlowsMayBeStale() {
        final String steps = """
                "service": "ns/web", "steps": [
                 {"name": "same", "apply": {"endpointSlices": [%s]},
                  "expect": {"changed": false, "conntrackCleanup": false, "changedServices": []}},
                 {"name": "other", "apply": {"endpointSlices": [%s]},
                  "expect": {"changed": true, "conntrackCleanup": true, "changedServices": ["ns/web"],
                   "endpoints": {"ns/web:dns:UDP": [
                    {"endpoint": "10.0.0.2:53", "local": true, "ready": true, "serving": true, "terminating": false}]}}},
                 {"name": "gone", "delete": [{"kind": "EndpointSlice", "namespace": "ns", "name": "web-1"}],
                  "expect": {"changed": true, "conntrackCleanup": true, "endpoints": {}, "localReadyEndpoints": {}}}]""".formatted(slice(endpoint("10.0.0.1")), slice(endpoint("10.0.0.2")));

        assertThat(play("endpoint-tracking", services(steps))).hasSize(22).allMatch(result -> result.failure()
                .isEmpty());
    }

    @Test
    void shouldHeedNodeHintsUnlessTheClusterHasNone() {
        final String hinted = slice("""
                {"addresses": ["10.0.0.1"], "hints": {"forNodes": [{"name": "here"}]}},
                {"addresses": ["10.0.0.2"], "hints": {"forNodes": [{"name": "there"}]}}""");
        final String cases = """
                "cases": [
                 {"name": "on", "services": [%1$s], "endpointSlices": [%2$s], "expect": {"clusterEndpoints": ["10.0.0.1:53"]}},
                 {"name": "off", "featureGates": {"PreferSameTrafficDistribution": false}, "services": [%1$s],
                  "endpointSlices": [%2$s], "expect": {"clusterEndpoints": ["10.0.0.1:53", "10.0.0.2:53"]}}]""".formatted(SERVICE, hinted);

        assertThat(play("endpoint-selection", NODE + ", " + cases)).hasSize(4).allMatch(result -> result.failure()
                .isEmpty());
    }

    @Test
    void shouldTakeLettingInForLeavingAloneWhenTheModeHasNoFirewall() {
        final String service = SERVICE.replace(
                "\"type\": \"ClusterIP\"",
                "\"type\": \"LoadBalancer\", \"externalTrafficPolicy\": \"Local\", \"healthCheckNodePort\": 30000");
        final String packet = """
                {"name": "probe", "protocol": "TCP", "from": "1.2.3.4", "to": "192.168.0.2", "port": 30000,
                 "expect": {"verdict": "accept", "endpoints": [], "masquerade": false}}""";

        assertThat(play("packets", NODE + ", \"services\": [" + service + "], \"packets\": [" + packet + "]"))
                .hasSize(2)
                .allMatch(result -> result.failure().isEmpty());
    }

    @Test
    void shouldFailWhenAServicePortDiffers() {
        final String port = """
                {"service": "ns/web", "portName": "dns", "protocol": "UDP", "clusterIP": "172.30.0.42", "port": 53}""";

        assertThat(play("service-tracking", services("\"expect\": {\"servicePorts\": [" + port + "]}")))
                .allSatisfy(result -> assertThat(result.failure().orElse(""))
                        .contains("expected", "clusterIP=172.30.0.42", "clusterIP=172.30.0.41"));
        assertThat(play("service-tracking", services("\"expect\": {\"servicePorts\": [], \"servicePortCount\": 2}")))
                .noneMatch(result -> result.failure().isEmpty());
    }

    @Test
    void shouldFailWhenItDoesNotKnowAField() {
        assertUnknown(play("packets", services("\"packets\": [" + packet("\"ttl\": 1,", "drop", "") + "]")), "ttl");
        assertUnknown(play("metrics", services("\"expect\": {\"temperature\": 1}")), "temperature");
        assertUnknown(play("packets", services("\"expectNode\": {\"sleeps\": true}, \"packets\": []")), "sleeps");
        assertUnknown(play("packets", services("\"steps\": [{\"name\": \"a\", \"wait\": 1}]")), "wait");
        assertUnknown(play("packets", "\"node\": {\"colour\": \"red\"}, \"packets\": []"), "colour");
        assertUnknown(play("metrics", services("\"featureGates\": {\"Magic\": true}, \"expect\": {}")), "Magic");
        assertThatThrownBy(() -> play("packets", "\"cases\": [{\"name\": \"a\", \"mood\": 1}]"))
                .hasMessageContaining("mood");
    }

    private static void assertUnknown(List<ConformanceResult> results, String field) {
        assertThat(results).isNotEmpty().allSatisfy(result -> assertThat(
                        result.failure().orElse(""))
                .startsWith("can't be played: ")
                .contains(field));
    }

    @Test
    void shouldFailWhenAnObjectIsRefused() {
        assertThat(play("packets", services("\"packets\": []").replace("\"port\": 53", "\"port\": 70000")))
                .isNotEmpty()
                .allSatisfy(result -> assertThat(result.failure().orElse(""))
                        .startsWith("can't be played: ")
                        .contains("70000"));
    }

    @Test
    void shouldRefuseWhenThereIsNothingToCheck() {
        assertThatThrownBy(() -> play("packets", NODE)).hasMessageContaining("nothing to check");
    }
}
