package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.Hashing;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Immutable set of addresses. Look-ups take an address's two halves and allocate nothing. Any thread. */
final class AddressSet {
    private final @Nullable IpAddress[] slots; // open addressing, at most half full

    AddressSet(Collection<IpAddress> addresses) {
        slots = new IpAddress[Math.max(2, Integer.highestOneBit(Math.max(1, addresses.size())) * 4)];
        for (IpAddress address : addresses) {
            if (!contains(address.isIpv4(), address.high(), address.low())) {
                int index = home(address.high(), address.low());
                while (slots[index] != null) {
                    index = (index + 1) & (slots.length - 1);
                }
                slots[index] = address;
            }
        }
    }

    boolean contains(boolean ipv4, long high, long low) {
        for (int index = home(high, low), probes = 0; probes < slots.length; probes++) {
            final IpAddress candidate = slots[index];
            if (candidate == null) {
                return false;
            }
            if (candidate.low() == low && candidate.high() == high && candidate.isIpv4() == ipv4) {
                return true;
            }
            index = (index + 1) & (slots.length - 1);
        }
        return false;
    }

    private int home(long high, long low) {
        return Hashing.spread(high, low) & (slots.length - 1);
    }
}
