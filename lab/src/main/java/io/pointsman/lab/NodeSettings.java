package io.pointsman.lab;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.linux.route.LinkAddress;
import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Configuration of one node, as the file of its agent and for {@code explain}.
 *
 * @param config for {@code explain}, which reads the objects from files
 * @param source configuration lines that say where its agent reads the objects
 */
record NodeSettings(AgentConfig config, List<String> source) {
    /** Ranges of pods on all nodes. */
    private static final List<Cidr> POD_RANGES = List.of(
            Cidr.parse("10.180.0.0/16"),
            Cidr.parse("10.244.0.0/16"),
            Cidr.parse("fd00:10:180::/48"),
            Cidr.parse("fd00:10:244::/48"));

    NodeSettings {
        source = List.copyOf(source);
    }

    static NodeSettings of(String mode, LabHost node, ObjectStore store, Path folder)
            throws IOException, ConfigException {
        final AgentConfig config = AgentConfig.builder()
                .mode(mode)
                .node(node.name())
                .manifest(store.manifests())
                .clusterCidrs(POD_RANGES)
                .egress(egress(node))
                .nodePortAddresses(NodePortAddresses.parse(List.of(NodePortAddresses.ALL)))
                .stateDirectory(folder.resolve("state-" + node.name()))
                .build();
        return new NodeSettings(config, store.settings());
    }

    /** Returns source addresses: a node uses its bridge's address to its own pods, and its uplink's to all others. */
    private static List<NodeFacts.Egress> egress(LabHost node) throws IOException {
        final List<NodeFacts.Egress> egress = new ArrayList<>();
        for (LinkAddress bridge : node.netlink().addresses(node.netlink().linkIndex(LabCluster.POD_BRIDGE))) {
            if (!bridge.address().isLinkLocal()) {
                egress.add(new NodeFacts.Egress(new Cidr(bridge.address(), bridge.prefixLength()), bridge.address()));
            }
        }
        for (IpFamily family : IpFamily.values()) {
            final IpAddress own = LabCluster.addressOf(node, family);
            egress.add(new NodeFacts.Egress(new Cidr(IpAddress.unspecified(family), 0), own));
        }
        return egress;
    }

    /** Writes the settings that differ from the defaults. */
    void write(Path file) throws IOException {
        Files.writeString(
                file,
                String.join(
                        "\n",
                        "mode: " + config.mode(),
                        "node: " + config.node(),
                        String.join("\n", source),
                        "cluster-cidr: " + joined(config.clusterCidrs()),
                        "egress: "
                                + joined(config.egress().stream()
                                        .map(egress -> egress.destination() + "=" + egress.source())
                                        .toList()),
                        // the document dials all nodes' addresses, and asks for health on localhost
                        "node-port-addresses: " + NodePortAddresses.ALL,
                        "state-directory: " + config.stateDirectory(),
                        ""));
    }

    private static String joined(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(","));
    }
}
