package io.pointsman.linux.route;

import java.util.Objects;
import java.util.Optional;

/**
 * A network interface.
 *
 * @param index positive, unique in its namespace
 * @param kind {@code veth}, {@code bridge} …; empty if it has none, as loopback
 * @param masterIndex of the bridge that it is a port of
 * @param peerIndex of the other end of a veth pair, in that end's namespace
 * @param hardwareAddress six bytes as {@code 02:00:00:00:00:01}; empty if it has none of that size
 * @param mtu bytes
 * @param isUp set up by the administrator, with or without carrier
 */
public record Link(
        int index,
        String name,
        Optional<String> kind,
        Optional<Integer> masterIndex,
        Optional<Integer> peerIndex,
        Optional<String> hardwareAddress,
        int mtu,
        boolean isUp) {
    public Link {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(masterIndex, "masterIndex");
        Objects.requireNonNull(peerIndex, "peerIndex");
        Objects.requireNonNull(hardwareAddress, "hardwareAddress");
    }
}
