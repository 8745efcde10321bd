package io.pointsman.kubernetes;

/**
 * How much a manifest may ask for before it is refused. Whoever may write a manifest must not be able to stop the proxy.
 *
 * @param fileBytes size of a file; at most an eighth of the heap is taken, however large this is
 * @param objects Kubernetes objects in a file that a proxy acts on
 * @param depth lists and objects inside one another
 * @param valuesPerObject scalars, lists and objects that make up one Kubernetes object
 * @param aliasedValues values that the anchors of one YAML document hold, plus those that its aliases repeat
 */
public record ManifestLimits(int fileBytes, int objects, int depth, int valuesPerObject, int aliasedValues) {
    /** 64 MiB; an object may be far larger than the 1.5 MiB that the API server's store takes. */
    public static final ManifestLimits DEFAULT = new ManifestLimits(64 << 20, 200_000, 100, 500_000, 100_000);

    // YAML's scanner holds a line at a time, as 4 bytes a character, twice
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

    /** What this JVM can afford, in bytes: with a small heap a large file is an error and not the end of the process. */
    public long affordableFileBytes() {
        return Math.min(fileBytes, Runtime.getRuntime().maxMemory() / 8);
    }
}
