package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.stream.Stream;

/** On which of a node's addresses node ports answer, as Kubernetes' {@code nodePortAddresses} says it. */
public sealed interface NodePortAddresses {
    /** The word for {@link Primary} in a configuration. */
    String PRIMARY = "primary";

    /** The word for the loopback ranges of both families. */
    String LOCALHOST = "localhost";

    /** The word for every address of both families. */
    String ALL = "all";

    /**
     * Reads a configured list: ranges and the words {@code primary}, {@code localhost} and {@code all}, mixed as one likes.
     *
     * @throws IllegalArgumentException naming the element that is none of them
     */
    static NodePortAddresses parse(List<String> texts) {
        final List<Cidr> ranges = texts.stream()
                .filter(text -> !text.equals(PRIMARY))
                .flatMap(NodePortAddresses::ranges)
                .toList();
        if (!texts.contains(PRIMARY)) {
            return new Ranges(ranges);
        }
        return ranges.isEmpty() ? new Primary() : new PrimaryAnd(new Ranges(ranges));
    }

    private static Stream<Cidr> ranges(String text) {
        return switch (text) {
            case LOCALHOST -> Stream.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128"));
            case ALL -> Stream.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"));
            default -> Stream.of(Cidr.parse(text));
        };
    }

    /** The node's primary address of each family. */
    record Primary() implements NodePortAddresses {}

    /** The node's primary address of each family, and addresses within these ranges of the families that they are of. */
    record PrimaryAnd(Ranges ranges) implements NodePortAddresses {}

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
