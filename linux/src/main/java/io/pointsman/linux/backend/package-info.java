/** What every backend that keeps state in the kernel needs, whatever it renders: who still needs what, and the applied plan. */
@NullMarked
package io.pointsman.linux.backend;

import org.jspecify.annotations.NullMarked;
