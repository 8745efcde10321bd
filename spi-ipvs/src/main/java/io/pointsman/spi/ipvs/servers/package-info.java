/** Virtual servers in force, and destinations that drain before they are deleted. */
@NullMarked
package io.pointsman.spi.ipvs.servers;

import org.jspecify.annotations.NullMarked;
