package io.pointsman.spi.nftables.render;

/**
 * How sources are rewritten.
 *
 * @param markBit bit of the packet's mark, 0 to 31, by which the rules before tell those behind
 * @param firstPort of the ports that the node's end is given, 1 to 65535; clear of node ports, so that nobody's connection
 *     to a node port can meet one of them
 * @param lastPort not below the first
 */
public record Rewriting(int markBit, int firstPort, int lastPort) {}
