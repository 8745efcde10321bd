package io.pointsman.agent.health;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Where health check node ports listen. */
public final class HealthAddresses {
    private HealthAddresses() {}

    /**
     * The node's own addresses in the ranges that node ports are limited to; without a limit the unspecified address alone,
     * which takes clients of either family.
     *
     * @param ranges what node ports are limited to, empty for no limit
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

    /** A limit given for the other family only is no limit for this one. */
    private static boolean isUnlimited(Collection<Cidr> ranges, IpFamily family) {
        return ranges.stream().noneMatch(range -> range.family() == family && !range.isEverything());
    }

    private static boolean isIn(Collection<Cidr> ranges, IpAddress address) {
        return isUnlimited(ranges, address.family()) || ranges.stream().anyMatch(range -> range.contains(address));
    }
}
