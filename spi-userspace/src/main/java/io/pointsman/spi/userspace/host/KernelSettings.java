package io.pointsman.spi.userspace.host;

import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.route.PolicyRouting;
import io.pointsman.spi.SettingsReader;
import java.util.Objects;

/**
 * What the backend may have the kernel do for it, and with which numbers, so that it stays clear of its neighbours.
 *
 * @param use whether it may at all
 * @param markBit bit of the packet mark, 0 to 31, that answers to borrowed source addresses carry within this host
 * @param routeTable number of the routing table that leads them to their socket, 1 to 252 or 256 and up
 * @param rulePriority of the first of two routing rules, 1 to 32764; the kernel's own are at 0 and 32766
 */
public record KernelSettings(Use use, int markBit, int routeTable, int rulePriority) {
    /** {@code AUTO}: as far as this process may and the host can. */
    public enum Use {
        AUTO,
        ON,
        OFF
    }

    public static final KernelSettings DEFAULT = new KernelSettings(
            Use.AUTO,
            HostNumbers.DEFAULT_USERSPACE_MARK_BIT,
            HostNumbers.DEFAULT_USERSPACE_ROUTE_TABLE,
            HostNumbers.DEFAULT_USERSPACE_RULE_PRIORITY);

    private static final int FIRST_RESERVED_TABLE = 253; // default, main and local
    private static final int LAST_RESERVED_TABLE = 255;
    private static final int LAST_PRIORITY = 32_764;

    public KernelSettings {
        Objects.requireNonNull(use, "use");
        SettingsReader.requireRange("mark-bit", markBit, 0, 31);
        SettingsReader.requireRange("route-table", routeTable, 1, Integer.MAX_VALUE);
        if (routeTable >= FIRST_RESERVED_TABLE && routeTable <= LAST_RESERVED_TABLE) {
            throw new IllegalArgumentException("route-table " + routeTable + " is one of the kernel's own");
        }
        SettingsReader.requireRange("rule-priority", rulePriority, 1, LAST_PRIORITY);
    }

    int mark() {
        return 1 << markBit;
    }

    PolicyRouting.Numbers routing() {
        return new PolicyRouting.Numbers(mark(), routeTable, rulePriority, HostNumbers.USERSPACE_ROUTES);
    }
}
