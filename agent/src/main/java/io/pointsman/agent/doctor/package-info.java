/** Read-only checks of a host for what would hinder a proxy, one row each. */
@NullMarked
package io.pointsman.agent.doctor;

import org.jspecify.annotations.NullMarked;
