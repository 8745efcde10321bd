package io.pointsman.kubernetes;

/**
 * Limits beyond which a manifest is refused, so that a manifest's author can't stop the proxy.
 *
 * @param fileBytes size of a file; at most an eighth of the heap is used, however large this is
 * @param objects number of Kubernetes objects in a file that a proxy uses
 * @param depth nesting depth of lists and objects
 * @param valuesPerObject number of scalars, lists and objects in one Kubernetes object
 * @param aliasedValues number of values in the anchors of one YAML document plus those that its aliases repeat
 */
public record ManifestLimits(int fileBytes, int objects, int depth, int valuesPerObject, int aliasedValues) {
    /** 64 MiB for a file; an object may be far larger than the 1.5 MiB that the API server's store takes. */
    public static final ManifestLimits DEFAULT = new ManifestLimits(64 << 20, 200_000, 100, 500_000, 100_000);

    // YAML's scanner holds one line, twice, at 4 bytes a character
    public static final int LINE_CHARACTERS = 4 << 20;

    public ManifestLimits {
        requireRange("fileBytes", fileBytes, 1, 1 << 30);
        requireRange("objects", objects, 1, 100_000_000);
        requireRange("depth", depth, 8, 1000);
        requireRange("valuesPerObject", valuesPerObject, 100, 100_000_000);
        requireRange("aliasedValues", aliasedValues, 0, 100_000_000);
    }

    private static void requireRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is not in " + min + ".." + max);
        }
    }

    /**
     * Returns the largest file that this JVM reads, in bytes, so that with a small heap a large file is an error and does
     * not end the process.
     */
    public long affordableFileBytes() {
        return Math.min(fileBytes, Runtime.getRuntime().maxMemory() / 8);
    }
}
