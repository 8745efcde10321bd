package io.pointsman.agent;

import io.pointsman.model.IpAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.stream.Collectors;

/** The addresses of this host's interfaces. */
final class LocalAddresses {
    private LocalAddresses() {}

    /** @throws SocketException when the kernel does not tell */
    static Set<IpAddress> read() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .map(IpAddress::of)
                .collect(Collectors.toUnmodifiableSet());
    }
}
