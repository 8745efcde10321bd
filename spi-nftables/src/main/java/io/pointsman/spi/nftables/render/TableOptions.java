package io.pointsman.spi.nftables.render;

/**
 * What a table is like beside its rules.
 *
 * @param affinitySize how many clients can be bound at a time, 1 or more
 */
public record TableOptions(Rewriting rewriting, int affinitySize, Counting counting) {}
