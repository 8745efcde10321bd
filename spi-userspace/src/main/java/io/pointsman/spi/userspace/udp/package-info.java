/** UDP: listeners and a session for each client, on sockets of epoll or of NIO. */
@NullMarked
package io.pointsman.spi.userspace.udp;

import org.jspecify.annotations.NullMarked;
