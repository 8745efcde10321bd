/** Sockets and socket options that Java lacks. */
package io.pointsman.linux.socket;
