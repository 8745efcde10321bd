package io.pointsman.linux.route;

import io.pointsman.model.IpAddress;
import java.util.Objects;

/**
 * An address of an interface.
 *
 * @param prefixLength of the network that is on the interface's link, 0 to 32 or 128
 * @param isTentative IPv6: not usable yet, being checked for duplicates
 */
public record LinkAddress(int linkIndex, IpAddress address, int prefixLength, boolean isTentative) {
    public LinkAddress {
        Objects.requireNonNull(address, "address");
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
