/** The plan compiled for look-ups, and the decisions about first packets: rule, origin, endpoint. */
@NullMarked
package io.pointsman.nat.policy;

import org.jspecify.annotations.NullMarked;
