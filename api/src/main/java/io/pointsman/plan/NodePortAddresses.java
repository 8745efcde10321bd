package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import java.util.List;

/** On which of a node's addresses node ports answer, as Kubernetes' {@code nodePortAddresses} says it. */
public sealed interface NodePortAddresses {
    /** The word for {@link Primary} in a configuration. */
    String PRIMARY = "primary";

    /**
     * Reads a configured list: {@code primary} alone, or ranges.
     *
     * @throws IllegalArgumentException naming the element that is neither
     */
    static NodePortAddresses parse(List<String> texts) {
        if (texts.equals(List.of(PRIMARY))) {
            return new Primary();
        }
        return new Ranges(texts.stream().map(Cidr::parse).toList());
    }

    /** The node's primary address of each family. */
    record Primary() implements NodePortAddresses {}

    /** Addresses within these ranges. A family for which there is no range is not limited. */
    record Ranges(List<Cidr> ranges) implements NodePortAddresses {
        /** Every address. */
        public static final Ranges ALL = new Ranges(List.of());

        public Ranges {
            ranges = List.copyOf(ranges);
        }

        List<Cidr> ofFamily(IpFamily family) {
            return ranges.stream().filter(range -> range.family() == family).toList();
        }
    }
}
