package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Options for resolving a plan, in addition to the cluster's objects. Built with {@link #builder}.
 *
 * @param nodeName the node that the plan is for, as endpoints name it; empty if no endpoint can be local
 * @param families families to forward for; not empty
 * @param mode behaviour of the data plane in use
 * @param podDetector how to tell pods; if empty, by {@code podRanges}, or by the Node's pod ranges if {@code
 *     detectsPodsByNode}
 * @param podRanges ranges of pod addresses of the whole cluster; empty if unknown
 * @param detectsPodsByNode without the two above, pods are those in the Node object's own pod ranges
 * @param nodePortAddresses addresses where node ports answer; empty for the mode's default
 * @param localhostNodePorts whether node ports answer on 127.0.0.0/8 and, if the mode can, ::1; empty for the mode's
 *     default
 * @param masqueradeAll masquerades every connection to a cluster address
 * @param serviceRanges ranges of cluster addresses; used by modes that drop packets to unallocated addresses
 * @param externalIps whether external IPs, which a Service's author chooses, are served
 * @param nodePortRange range of node ports and health check node ports; others are not served
 * @param egress source addresses for masquerading that differ from the default, the node's primary address of the family
 */
public record PlanOptions(
        String nodeName,
        Set<IpFamily> families,
        ModeSemantics mode,
        Optional<PodDetector> podDetector,
        List<Cidr> podRanges,
        boolean detectsPodsByNode,
        Optional<NodePortAddresses> nodePortAddresses,
        Optional<Boolean> localhostNodePorts,
        boolean masqueradeAll,
        List<Cidr> serviceRanges,
        ExternalIps externalIps,
        NodePortRange nodePortRange,
        List<NodeFacts.Egress> egress) {
    public PlanOptions {
        Objects.requireNonNull(nodeName, "nodeName");
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(podDetector, "podDetector");
        Objects.requireNonNull(nodePortAddresses, "nodePortAddresses");
        Objects.requireNonNull(localhostNodePorts, "localhostNodePorts");
        Objects.requireNonNull(externalIps, "externalIps");
        Objects.requireNonNull(nodePortRange, "nodePortRange");
        families = Set.copyOf(families);
        podRanges = List.copyOf(podRanges);
        serviceRanges = List.copyOf(serviceRanges);
        egress = List.copyOf(egress);
        if (families.isEmpty()) {
            throw new IllegalArgumentException("a plan for node " + nodeName + " needs at least one address family");
        }
    }

    /** Starts options for both families, with kube-proxy's iptables behaviour, the default node ports and unknown pods. */
    public static Builder builder(String nodeName) {
        return new Builder(nodeName);
    }

    /** Collects options; an option not set keeps its default. Not thread-safe. */
    public static final class Builder {
        private final String nodeName;
        private Set<IpFamily> families = EnumSet.allOf(IpFamily.class);
        private ModeSemantics mode = ModeSemantics.IPTABLES;
        private Optional<PodDetector> podDetector = Optional.empty();
        private List<Cidr> podRanges = List.of();
        private boolean detectsPodsByNode;
        private Optional<NodePortAddresses> nodePortAddresses = Optional.empty();
        private Optional<Boolean> localhostNodePorts = Optional.empty();
        private boolean masqueradeAll;
        private List<Cidr> serviceRanges = List.of();
        private ExternalIps externalIps = ExternalIps.ACCEPT;
        private NodePortRange nodePortRange = NodePortRange.DEFAULT;
        private List<NodeFacts.Egress> egress = List.of();

        private Builder(String nodeName) {
            this.nodeName = nodeName;
        }

        public Builder families(Set<IpFamily> value) {
            families = value;
            return this;
        }

        public Builder mode(ModeSemantics value) {
            mode = value;
            return this;
        }

        public Builder podDetector(PodDetector value) {
            podDetector = Optional.of(value);
            return this;
        }

        public Builder podRanges(List<Cidr> value) {
            podRanges = value;
            return this;
        }

        public Builder detectsPodsByNode(boolean value) {
            detectsPodsByNode = value;
            return this;
        }

        public Builder nodePortAddresses(NodePortAddresses value) {
            nodePortAddresses = Optional.of(value);
            return this;
        }

        public Builder localhostNodePorts(boolean value) {
            localhostNodePorts = Optional.of(value);
            return this;
        }

        public Builder masqueradeAll(boolean value) {
            masqueradeAll = value;
            return this;
        }

        public Builder serviceRanges(List<Cidr> value) {
            serviceRanges = value;
            return this;
        }

        public Builder externalIps(ExternalIps value) {
            externalIps = value;
            return this;
        }

        public Builder nodePortRange(NodePortRange value) {
            nodePortRange = value;
            return this;
        }

        public Builder egress(List<NodeFacts.Egress> value) {
            egress = value;
            return this;
        }

        /**
         * Builds the options.
         *
         * @throws IllegalArgumentException without an address family
         */
        public PlanOptions build() {
            return new PlanOptions(
                    nodeName,
                    families,
                    mode,
                    podDetector,
                    podRanges,
                    detectsPodsByNode,
                    nodePortAddresses,
                    localhostNodePorts,
                    masqueradeAll,
                    serviceRanges,
                    externalIps,
                    nodePortRange,
                    egress);
        }
    }
}
