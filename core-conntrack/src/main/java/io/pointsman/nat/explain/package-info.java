/** Explanations of where a packet goes and why: the same decision without effects, step by step in words. */
@NullMarked
package io.pointsman.nat.explain;

import org.jspecify.annotations.NullMarked;
