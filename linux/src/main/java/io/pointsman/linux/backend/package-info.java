/**
 * What every backend that keeps state in the kernel needs, whatever it renders: what they do alike, who still needs what, sysctls that
 * are ours, the watch of connections, numbers on the host that are ours by default.
 */
@NullMarked
package io.pointsman.linux.backend;

import org.jspecify.annotations.NullMarked;
