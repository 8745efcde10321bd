/**
 * What the host must have for VIPs to be reached and sources kept: routes, policy routing, nftables sets, sysctls. Its nftables
 * rules turn refused and dropped clients away before a socket hears of them.
 */
@NullMarked
package io.pointsman.spi.userspace.host;

import org.jspecify.annotations.NullMarked;
