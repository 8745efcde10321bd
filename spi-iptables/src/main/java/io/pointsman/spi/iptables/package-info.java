/**
 * The iptables data plane. A plan is rendered into chains of rules in tables nat and filter, for each family separately; the
 * differences from the last rules go to the kernel through {@code iptables-restore --noflush}.
 */
package io.pointsman.spi.iptables;
