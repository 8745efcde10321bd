package io.pointsman.agent.health;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Addresses at which health check node ports listen. */
public final class HealthAddresses {
    private HealthAddresses() {}

    /**
     * Returns the node's own addresses within the ranges of node ports. Without such ranges, returns only the unspecified
     * address, which accepts clients of either family.
     *
     * @param ranges of node ports; empty for no limit
     * @param own the node's addresses, loopback included
     */
    public static Set<IpAddress> choose(Collection<Cidr> ranges, Collection<IpAddress> own, Set<IpFamily> families) {
        if (families.stream().allMatch(family -> isUnlimited(ranges, family))) {
            return Set.of(IpAddress.unspecified(IpFamily.IPV4));
        }
        final Set<IpAddress> chosen = new LinkedHashSet<>();
        for (IpAddress address : own) {
            if (families.contains(address.family()) && isIn(ranges, address)) {
                chosen.add(address);
            }
        }
        return chosen;
    }

    /** Whether the ranges do not limit a family; ranges of the other family alone do not. */
    private static boolean isUnlimited(Collection<Cidr> ranges, IpFamily family) {
        return ranges.stream().noneMatch(range -> range.family() == family && !range.isEverything());
    }

    private static boolean isIn(Collection<Cidr> ranges, IpAddress address) {
        return isUnlimited(ranges, address.family()) || ranges.stream().anyMatch(range -> range.contains(address));
    }
}
