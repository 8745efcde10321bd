/** From rules to text: chains that find a frontend, match its origins and choose an endpoint. Touches nothing. */
@NullMarked
package io.pointsman.spi.iptables.render;

import org.jspecify.annotations.NullMarked;
