package io.pointsman.linux.ipvs;

/**
 * A destination as the kernel has it.
 *
 * @param connections active and inactive ones
 */
public record FoundDestination(Destination destination, int weight, boolean masquerades, int connections) {}
