/** Event loops and what TCP and UDP share on them: sockets, limits, connection counts of each client. */
@NullMarked
package io.pointsman.spi.userspace.loop;

import org.jspecify.annotations.NullMarked;
