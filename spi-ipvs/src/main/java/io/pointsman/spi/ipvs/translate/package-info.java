/** Translation of rules to the desired state of IPVS: virtual servers, set elements, VIPs. Touches nothing. */
@NullMarked
package io.pointsman.spi.ipvs.translate;

import org.jspecify.annotations.NullMarked;
