/**
 * What every backend that keeps state in the kernel needs, whatever it renders: who still needs what, the applied plan, sysctls that
 * are ours, the watch of connections, numbers on the host that are ours by default.
 */
@NullMarked
package io.pointsman.linux.backend;

import org.jspecify.annotations.NullMarked;
