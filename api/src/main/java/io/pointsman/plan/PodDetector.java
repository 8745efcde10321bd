package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** How a node tells its pods' packets from others. */
public sealed interface PodDetector {
    /** Whether a packet from this source, received on this interface (none when the node sent it), is a pod's. */
    boolean isPod(IpAddress source, Optional<String> inputInterface);

    /** Whether it can tell pods of this family. Where it can't, no packet is masqueraded for not being a pod's. */
    boolean covers(IpFamily family);

    /** By source address. */
    record ByCidr(List<Cidr> ranges) implements PodDetector {
        public ByCidr {
            ranges = List.copyOf(ranges);
            if (ranges.isEmpty()) {
                throw new IllegalArgumentException("no pod address ranges; a node that can't tell pods uses Unknown");
            }
        }

        @Override
        public boolean isPod(IpAddress source, Optional<String> inputInterface) {
            return ranges.stream().anyMatch(range -> range.contains(source));
        }

        @Override
        public boolean covers(IpFamily family) {
            return ranges.stream().anyMatch(range -> range.family() == family);
        }
    }

    /**
     * By the interface a packet came in on: a bridge's full name, or the prefix that the pods' interfaces share.
     *
     * @param name 1 to 15 letters, digits and {@code _ . : @ -}, the last not in front: backends may write it into rules as
     *     it is, where it must neither end a word nor become an option or a pattern
     */
    record ByInterface(String name, boolean isPrefix) implements PodDetector {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:@][A-Za-z0-9_.:@-]{0,14}");

        public ByInterface {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("\"" + name + "\" can't be the name of an interface, or start one");
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

    /** It can't: no packet counts as a pod's, and none is masqueraded for not being one. */
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
