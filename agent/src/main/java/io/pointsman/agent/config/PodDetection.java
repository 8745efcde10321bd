package io.pointsman.agent.config;

import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Objects;

/** Method by which this node recognises packets from its own pods: the setting {@code detect-local}. */
public sealed interface PodDetection {
    /** Applies the method to a plan's options, which already have the cluster's pod ranges. */
    void applyTo(PlanOptions.Builder options);

    /** Returns the value of the setting. */
    String text();

    /** Recognises pods by the ranges of the setting {@code cluster-cidr}. */
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

    /** Recognises pods by the ranges in this node's Node object; the setting {@code cluster-cidr} is ignored. */
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

    /** Recognises pods by the interface that a packet comes in on. */
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
     * Parses the setting's value.
     *
     * @throws IllegalArgumentException if it is not valid
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
