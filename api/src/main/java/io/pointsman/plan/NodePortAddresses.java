package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.stream.Stream;

/** Selection of the node addresses that node ports answer on, as in Kubernetes' {@code nodePortAddresses}. */
public sealed interface NodePortAddresses {
    /** Word for {@link Primary} in a configuration. */
    String PRIMARY = "primary";

    /** Word for the loopback ranges of both families. */
    String LOCALHOST = "localhost";

    /** Word for every address of both families. */
    String ALL = "all";

    /**
     * Parses a configured list: ranges and the words {@code primary}, {@code localhost} and {@code all}, in any combination.
     *
     * @throws IllegalArgumentException naming the element that is none of these
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

    /** The node's primary address of each family, plus addresses within the ranges; a family without a range adds none. */
    record PrimaryAnd(Ranges ranges) implements NodePortAddresses {}

    /** Addresses within the ranges; all addresses of a family without a range. */
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
