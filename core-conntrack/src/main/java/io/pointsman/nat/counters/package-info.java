/** Counters: an engine's in a file that other processes map, those of service ports and those of endpoints. */
@NullMarked
package io.pointsman.nat.counters;

import org.jspecify.annotations.NullMarked;
