/** Transfer of rule texts to the kernel and back: restore, audit, clean-up, rule counters. */
@NullMarked
package io.pointsman.spi.iptables.kernel;

import org.jspecify.annotations.NullMarked;
