/** Flows under changing plans: listed, counted at their endpoints, and ended if a UDP flow's endpoint no longer serves. */
@NullMarked
package io.pointsman.nat.flows;

import org.jspecify.annotations.NullMarked;
