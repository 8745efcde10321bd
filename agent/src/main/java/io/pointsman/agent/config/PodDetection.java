package io.pointsman.agent.config;

import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Objects;

/** How this node tells its pods' packets from others, as the setting {@code detect-local} says it. */
public sealed interface PodDetection {
    /** Puts it into a plan's options, which have the cluster's pod ranges already. */
    void applyTo(PlanOptions.Builder options);

    /** The value of the setting. */
    String text();

    /** By the setting {@code cluster-cidr}. */
    record ByClusterCidr() implements PodDetection {
        @Override
        public void applyTo(PlanOptions.Builder options) {
            // the pod ranges, as they are
        }

        @Override
        public String text() {
            return "cluster-cidr";
        }
    }

    /** By the pod ranges of this node's Node object, whatever the setting {@code cluster-cidr} says. */
    record ByNodeCidr() implements PodDetection {
        @Override
        public void applyTo(PlanOptions.Builder options) {
            options.podRanges(List.of()).detectsPodsByNode(true);
        }

        @Override
        public String text() {
            return "node-cidr";
        }
    }

    /** By the interface that a packet comes in on. */
    record ByInterface(PodDetector.ByInterface detector) implements PodDetection {
        private static final String BRIDGE = "bridge-interface=";
        private static final String PREFIX = "interface-prefix=";

        public ByInterface {
            Objects.requireNonNull(detector, "detector");
        }

        @Override
        public void applyTo(PlanOptions.Builder options) {
            options.podDetector(detector);
        }

        @Override
        public String text() {
            return (detector.isPrefix() ? PREFIX : BRIDGE) + detector.name();
        }
    }

    /**
     * Reads the setting's value.
     *
     * @throws IllegalArgumentException when it is none
     */
    static PodDetection parse(String text) {
        if (text.equals(new ByClusterCidr().text())) {
            return new ByClusterCidr();
        }
        if (text.equals(new ByNodeCidr().text())) {
            return new ByNodeCidr();
        }
        if (text.startsWith(ByInterface.BRIDGE)) {
            return new ByInterface(new PodDetector.ByInterface(text.substring(ByInterface.BRIDGE.length()), false));
        }
        if (text.startsWith(ByInterface.PREFIX)) {
            return new ByInterface(new PodDetector.ByInterface(text.substring(ByInterface.PREFIX.length()), true));
        }
        throw new IllegalArgumentException(
                "none of cluster-cidr, node-cidr, bridge-interface=NAME, interface-prefix=PREFIX");
    }
}
