/** The ipsets that the rules beside IPVS match: written over netlink, read by the program ipset. */
@NullMarked
package io.pointsman.spi.ipvs.sets;

import org.jspecify.annotations.NullMarked;
