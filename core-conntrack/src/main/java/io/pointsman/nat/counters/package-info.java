/** Counters: of the engine in a file that other processes map, of service ports and of endpoints. */
@NullMarked
package io.pointsman.nat.counters;

import org.jspecify.annotations.NullMarked;
