package io.pointsman.spi.userspace.host;

import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.route.PolicyRouting;
import io.pointsman.spi.SettingsReader;
import java.util.Objects;

/**
 * Settings for the kernel state that the backend may create, with numbers that must not collide with other programs' on this
 * host.
 *
 * @param use whether the backend may change kernel state at all
 * @param markBit bit of the packet mark, 0 to 31, that answers to borrowed source addresses carry within this host
 * @param routeTable number of the routing table that delivers those answers to their socket, 1 to 252 or 256 and up
 * @param rulePriority priority of the first of two routing rules, 1 to 32764; the kernel's own are at 0 and 32766
 */
public record KernelSettings(Use use, int markBit, int routeTable, int rulePriority) {
    /** Switch for the use of kernel state. {@code AUTO} takes what this process may do and the host supports. */
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
