/** Events about flows that begin and end, passed from the packet path to a reader through a ring. */
@NullMarked
package io.pointsman.nat.events;

import org.jspecify.annotations.NullMarked;
