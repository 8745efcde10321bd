package io.pointsman.linux.route;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Optional;

/** The kernel's numbers of address families. */
final class Families {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private Families() {}

    static int number(IpFamily family) {
        return switch (family) {
            case IPV4 -> AF_INET;
            case IPV6 -> AF_INET6;
        };
    }

    static int number(IpAddress address) {
        return number(address.family());
    }

    static Optional<IpFamily> of(int number) {
        return switch (number) {
            case AF_INET -> Optional.of(IpFamily.IPV4);
            case AF_INET6 -> Optional.of(IpFamily.IPV6);
            default -> Optional.empty();
        };
    }
}
