/** Conformance cases, their player, and the oracle that decides what a plan does to a packet. */
@NullMarked
package io.pointsman.testkit;

import org.jspecify.annotations.NullMarked;
