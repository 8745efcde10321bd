/** Texts into the kernel and back: restore, audit, clean-up, and the flows that a change leaves stale. */
@NullMarked
package io.pointsman.spi.iptables.kernel;

import org.jspecify.annotations.NullMarked;
