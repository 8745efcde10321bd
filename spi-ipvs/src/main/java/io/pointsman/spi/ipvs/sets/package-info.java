/** The ipsets that the rules beside IPVS match, over netlink. */
@NullMarked
package io.pointsman.spi.ipvs.sets;

import org.jspecify.annotations.NullMarked;
