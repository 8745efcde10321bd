/** Packets as bytes: headers read and rewritten in place, and refusals (RST, ICMP) written. */
package io.pointsman.packet;
