/** Conformance cases, who plays them, and the oracle that says what a plan does to a packet. */
@NullMarked
package io.pointsman.testkit;

import org.jspecify.annotations.NullMarked;
