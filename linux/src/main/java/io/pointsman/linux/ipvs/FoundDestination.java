package io.pointsman.linux.ipvs;

/**
 * A destination as read from the kernel.
 *
 * @param connections active and inactive ones
 */
public record FoundDestination(Destination destination, int weight, boolean masquerades, int connections) {}
