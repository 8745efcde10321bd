package io.pointsman.spi.userspace;

/** What a number among the settings may be. By itself, so that no class of settings needs another one to begin with. */
final class Ranges {
    private Ranges() {}

    static void require(String key, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(key + " " + value + " is not in " + lowest + ".." + highest);
        }
    }
}
