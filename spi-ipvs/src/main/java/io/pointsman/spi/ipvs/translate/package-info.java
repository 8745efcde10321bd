/** From rules to what IPVS should hold: virtual servers, set elements, VIPs. Touches nothing. */
@NullMarked
package io.pointsman.spi.ipvs.translate;

import org.jspecify.annotations.NullMarked;
