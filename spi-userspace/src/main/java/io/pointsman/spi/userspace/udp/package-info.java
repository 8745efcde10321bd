/**
 * UDP: listeners and a session for each client, on sockets of epoll or of NIO. A session ends when its endpoint is lost, or when it
 * idles.
 */
@NullMarked
package io.pointsman.spi.userspace.udp;

import org.jspecify.annotations.NullMarked;
