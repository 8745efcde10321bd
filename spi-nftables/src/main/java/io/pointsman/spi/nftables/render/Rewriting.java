package io.pointsman.spi.nftables.render;

/**
 * Parameters of source rewriting.
 *
 * @param markBit bit of the packet's mark, 0 to 31, with which the dispatch rules request rewriting
 * @param firstPort first of the source ports to use, 1 to 65535; outside the range of node ports, so that no connection to a
 *     node port can collide with one
 * @param lastPort last of these ports, not below the first
 */
public record Rewriting(int markBit, int firstPort, int lastPort) {}
