/** Flows against a plan: listed, counted for their endpoints, and ended where a UDP flow's endpoint no longer serves. */
@NullMarked
package io.pointsman.nat.flows;

import org.jspecify.annotations.NullMarked;
