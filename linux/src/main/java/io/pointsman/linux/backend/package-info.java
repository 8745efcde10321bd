/**
 * Common parts of backends whose state is in the kernel: locking and trust, reference counts, owned sysctls and nft tables,
 * the watch of connections, default numbers on the host.
 */
@NullMarked
package io.pointsman.linux.backend;

import org.jspecify.annotations.NullMarked;
