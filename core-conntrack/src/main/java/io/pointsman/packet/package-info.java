/** Packets as bytes: headers read and rewritten in place. */
package io.pointsman.packet;
