package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.NodePortRange;
import io.pointsman.plan.PlanOptions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The {@code node} of a case: the proxy's configuration and the host's addresses. */
record NodeUnderTest(Node node, Set<IpAddress> localAddresses, IpFamily family, PlanOptions options) {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "ips",
            "primaryIP",
            "ipFamily",
            "families",
            "clusterCIDRs",
            "serviceCIDRs",
            "zone",
            "nodePortAddresses",
            "localhostNodePorts",
            "localhostNodePortsAsked",
            "masqueradeAll",
            "serviceNodePortRange");

    static NodeUnderTest of(JsonNode json, ModeSemantics mode) {
        Json.allowOnly(json, "node", FIELDS);
        final String name = Json.text(json, "name", "");
        final IpFamily family = family(Json.text(json, "ipFamily", "IPv4"));
        final Set<IpFamily> families =
                Json.texts(json, "families").stream().map(NodeUnderTest::family).collect(Collectors.toSet());
        final PlanOptions.Builder options = PlanOptions.builder(name)
                .families(families.isEmpty() ? Set.of(family) : families)
                .mode(mode)
                .podRanges(ranges(json, "clusterCIDRs"))
                .serviceRanges(ranges(json, "serviceCIDRs"))
                .nodePortRange(range(json))
                .masqueradeAll(Json.flag(json, "masqueradeAll", false));
        final List<String> nodePortAddresses = Json.texts(json, "nodePortAddresses");
        if (!nodePortAddresses.isEmpty()) {
            options.nodePortAddresses(NodePortAddresses.parse(nodePortAddresses));
        }
        if (mode.has(ModeSemantics.Answer.LOCALHOST_NODE_PORTS)) { // only such a mode has this switch
            options.localhostNodePorts(Json.flag(json, "localhostNodePorts", true));
        } else if (Json.flag(json, "localhostNodePortsAsked", false)) {
            options.localhostNodePorts(true);
        } else if (!Json.flag(json, "localhostNodePorts", true)) {
            options.localhostNodePorts(false);
        }
        final List<IpAddress> primary =
                Optional.of(Json.text(json, "primaryIP", ""))
                        .filter(text -> !text.isEmpty())
                        .map(IpAddress::parse)
                        .stream()
                        .toList();
        return new NodeUnderTest(
                new Node(name, primary, zone(json), List.of(), false, Set.of()),
                Json.texts(json, "ips").stream().map(IpAddress::parse).collect(Collectors.toSet()),
                family,
                options.build());
    }

    private static Optional<String> zone(JsonNode json) {
        return Optional.of(Json.text(json, "zone", "")).filter(zone -> !zone.isEmpty());
    }

    /** Returns the range of node ports; every port by default, as kube-proxy leaves limits to the API server. */
    private static NodePortRange range(JsonNode json) {
        return json.has("serviceNodePortRange")
                ? NodePortRange.parse(Json.text(json, "serviceNodePortRange"))
                : NodePortRange.ALL;
    }

    private static List<Cidr> ranges(JsonNode json, String field) {
        return Json.texts(json, field).stream().map(Cidr::parse).toList();
    }

    private static IpFamily family(String text) {
        for (IpFamily family : IpFamily.values()) {
            if (family.toString().equals(text)) {
                return family;
            }
        }
        throw new IllegalArgumentException("ipFamily \"" + text + "\" is neither IPv4 nor IPv6");
    }
}
