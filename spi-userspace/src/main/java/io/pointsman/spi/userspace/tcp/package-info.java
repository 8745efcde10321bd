/** TCP listeners, relays that carry bytes both ways (on epoll if it is available), and limits for unsent bytes. */
@NullMarked
package io.pointsman.spi.userspace.tcp;

import org.jspecify.annotations.NullMarked;
