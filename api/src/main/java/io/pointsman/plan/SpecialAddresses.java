package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import java.util.List;
import java.util.Optional;

/** Addresses with a special meaning (RFC 6890), which no Service may have. Loopback is not one of these. */
final class SpecialAddresses {
    private record Range(Cidr range, String meaning) {}

    private static final List<Range> RANGES = List.of(
            range("255.255.255.255/32", "the broadcast address"),
            range("0.0.0.0/8", "\"this host\", no address of one"),
            range("169.254.0.0/16", "link-local, where clouds answer for a machine's credentials"),
            range("224.0.0.0/4", "multicast"),
            range("240.0.0.0/4", "reserved"),
            range("::/128", "the unspecified address"),
            range("fe80::/10", "link-local"),
            range("ff00::/8", "multicast"),
            new Range(new Cidr(IpAddress.ofIpv6(0, 0xFFFF_0000_0000L), 96), "an IPv4 address in IPv6 form"));

    private SpecialAddresses() {}

    private static Range range(String cidr, String meaning) {
        return new Range(Cidr.parse(cidr), meaning);
    }

    /** Returns the meaning of a special address, with its range; empty for an ordinary address. */
    static Optional<String> meaning(IpAddress address) {
        for (Range range : RANGES) {
            if (range.range().contains(address)) {
                return Optional.of(range.meaning() + " (" + range.range() + ")");
            }
        }
        return Optional.empty();
    }
}
