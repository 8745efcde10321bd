package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells packets of this node's pods from others. */
public sealed interface PodDetector {
    /** Whether a packet from this source, received on this interface (empty if the node sent it), is a pod's. */
    boolean isPod(IpAddress source, Optional<String> inputInterface);

    /** Whether it can tell pods of this family. If not, no packet is masqueraded for not being a pod's. */
    boolean covers(IpFamily family);

    /** Detects pods by source address. */
    record ByCidr(List<Cidr> ranges) implements PodDetector {
        public ByCidr {
            ranges = List.copyOf(ranges);
            if (ranges.isEmpty()) {
                throw new IllegalArgumentException("no pod address ranges; use Unknown where pods can't be recognized");
            }
        }

        @Override
        public boolean isPod(IpAddress source, Optional<String> inputInterface) {
            return ranges.stream().anyMatch(range -> range.contains(source));
        }

        @Override
        public boolean covers(IpFamily family) {
            for (Cidr range : ranges) {
                if (range.family() == family) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Detects pods by a packet's input interface: a bridge's full name, or the prefix that the pods' interfaces share.
     *
     * @param name 1 to 15 letters, digits and {@code _ . : @ -}, not starting with {@code -}: backends may write it into
     *     rules as it is, so it must not end a word, be an option or be a pattern
     */
    record ByInterface(String name, boolean isPrefix) implements PodDetector {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:@][A-Za-z0-9_.:@-]{0,14}");

        public ByInterface {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "\"" + name + "\" is neither a valid interface name nor the prefix of one");
            }
        }

        @Override
        public boolean isPod(IpAddress source, Optional<String> inputInterface) {
            return inputInterface
                    .map(in -> isPrefix ? in.startsWith(name) : in.equals(name))
                    .orElse(false);
        }

        @Override
        public boolean covers(IpFamily family) {
            return true;
        }
    }

    /** Detects no pods: no packet counts as a pod's, and none is masqueraded for not being one. */
    record Unknown() implements PodDetector {
        @Override
        public boolean isPod(IpAddress source, Optional<String> inputInterface) {
            return false;
        }

        @Override
        public boolean covers(IpFamily family) {
            return false;
        }
    }
}
