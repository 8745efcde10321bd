/** Packets as bytes: headers read and rewritten in place; RSTs and ICMP errors written. */
package io.pointsman.packet;
