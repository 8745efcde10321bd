/**
 * Rendering of rules to text: chains that find a frontend, match its origins, choose an endpoint, refuse or drop. Touches
 * nothing.
 */
@NullMarked
package io.pointsman.spi.iptables.render;

import org.jspecify.annotations.NullMarked;
