/** What the host must have for VIPs to be reached and sources kept: routes, policy routing, nftables sets, sysctls. */
@NullMarked
package io.pointsman.spi.userspace.host;

import org.jspecify.annotations.NullMarked;
