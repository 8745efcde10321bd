/** Counters: of the engine in a file that other processes map, and of endpoints. */
@NullMarked
package io.pointsman.nat.counters;

import org.jspecify.annotations.NullMarked;
