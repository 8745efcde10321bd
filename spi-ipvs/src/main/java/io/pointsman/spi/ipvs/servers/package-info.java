/** Virtual servers in force, and destinations that drain before they go. */
@NullMarked
package io.pointsman.spi.ipvs.servers;

import org.jspecify.annotations.NullMarked;
