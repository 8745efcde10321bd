package io.pointsman.linux;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Optional;

/** Numbers of the kernel's address families ({@code AF_*} in {@code include/linux/socket.h}). */
public final class AddressFamily {
    public static final int AF_UNSPEC = 0;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;

    private AddressFamily() {}

    public static int number(IpFamily family) {
        return switch (family) {
            case IPV4 -> AF_INET;
            case IPV6 -> AF_INET6;
        };
    }

    public static int number(IpAddress address) {
        return number(address.family());
    }

    /** Returns the IP family with this number; empty for any other number. */
    public static Optional<IpFamily> of(int number) {
        return switch (number) {
            case AF_INET -> Optional.of(IpFamily.IPV4);
            case AF_INET6 -> Optional.of(IpFamily.IPV6);
            default -> Optional.empty();
        };
    }
}
