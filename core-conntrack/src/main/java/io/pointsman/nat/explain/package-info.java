/** Why a packet goes where it goes: the same decision again, step by step in words, without any effect. */
@NullMarked
package io.pointsman.nat.explain;

import org.jspecify.annotations.NullMarked;
