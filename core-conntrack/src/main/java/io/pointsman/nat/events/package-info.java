/** Flows that began and ended, handed from the packet path to a reader by a ring. */
@NullMarked
package io.pointsman.nat.events;

import org.jspecify.annotations.NullMarked;
