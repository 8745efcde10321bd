/**
 * The iptables data plane: a plan is rendered into chains of rules, whose differences to the last ones go to the kernel
 * through {@code iptables-restore --noflush}. Tables nat and filter, each family apart.
 */
package io.pointsman.spi.iptables;
