/** The plan compiled for look-ups, and decisions about first packets by it: rule, origin, endpoint. */
@NullMarked
package io.pointsman.nat.policy;

import org.jspecify.annotations.NullMarked;
