package io.pointsman.agent.look;

import io.pointsman.model.EnumToken;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Sentences on what two plans assume differently about their node. */
final class NodeSentences {
    private final List<String> words = new ArrayList<>();

    private NodeSentences() {}

    static List<String> of(NodeFacts before, NodeFacts after) {
        final NodeSentences node = new NodeSentences();
        node.compare("the node", before.name(), after.name());
        node.compare("its addresses", sorted(before.addresses()), sorted(after.addresses()));
        node.compare("where node ports answer", sorted(before.nodePortAddresses()), sorted(after.nodePortAddresses()));
        node.compare("on loopback", sorted(before.loopback()), sorted(after.loopback()));
        node.compare("how pods are recognized", pods(before.podDetector()), pods(after.podDetector()));
        node.compare(
                "traffic to an unused port of a cluster address",
                PlanWriter.word(before.mode().unknownClusterIpPort()),
                PlanWriter.word(after.mode().unknownClusterIpPort()));
        node.compare(
                "how the mode answers",
                sorted(before.mode().answers()),
                sorted(after.mode().answers()));
        node.compare(
                "how the mode works",
                sorted(before.mode().traits()),
                sorted(after.mode().traits()));
        node.compare("service ranges", sorted(before.serviceRanges()), sorted(after.serviceRanges()));
        node.compare("sources of masqueraded connections", egress(before), egress(after));
        return node.words;
    }

    private void compare(String what, String before, String after) {
        if (!before.equals(after)) {
            words.add(what + ": " + after + "; before: " + before);
        }
    }

    private static <T extends Comparable<? super T>> String sorted(Collection<T> values) {
        return values.isEmpty()
                ? "none"
                : String.join(
                        ", ",
                        values.stream()
                                .sorted()
                                .map(value -> value instanceof Enum<?> word ? EnumToken.of(word) : value.toString())
                                .toList());
    }

    private static String egress(NodeFacts node) {
        return sorted(node.egress().stream()
                .map(one -> one.source() + " to " + one.destination())
                .toList());
    }

    private static String pods(PodDetector detector) {
        return switch (detector) {
            case PodDetector.ByCidr(var ranges) -> sorted(ranges);
            case PodDetector.ByInterface(String name, boolean isPrefix) ->
                (isPrefix ? "interfaces that begin with " : "interface ") + name;
            case PodDetector.Unknown() -> "nothing";
        };
    }
}
