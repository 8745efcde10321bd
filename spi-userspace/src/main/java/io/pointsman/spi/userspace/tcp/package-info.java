/** TCP: listeners, and relays that carry bytes both ways, on epoll where the socket is native; what may wait unsent. */
@NullMarked
package io.pointsman.spi.userspace.tcp;

import org.jspecify.annotations.NullMarked;
