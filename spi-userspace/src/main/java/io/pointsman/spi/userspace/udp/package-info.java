/**
 * UDP listeners, and a session for each client, on sockets of epoll or NIO. A session ends when its endpoint is gone or when
 * it is idle for its timeout.
 */
@NullMarked
package io.pointsman.spi.userspace.udp;

import org.jspecify.annotations.NullMarked;
