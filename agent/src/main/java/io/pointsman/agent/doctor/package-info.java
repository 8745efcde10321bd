/** What of a host would be in a proxy's way, row by row, without changing it. */
@NullMarked
package io.pointsman.agent.doctor;

import org.jspecify.annotations.NullMarked;
