package io.pointsman.nat;

/**
 * Range of ports, first and last included.
 *
 * @param first 1 to 65535
 * @param last first to 65535
 */
public record PortRange(int first, int last) {
    public PortRange {
        if (first < 1 || last > 65535 || first > last) {
            throw new IllegalArgumentException("ports " + first + ".." + last + " are no range within 1..65535");
        }
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    public int size() {
        return last - first + 1;
    }

    /** Returns the range as text, {@code 30000-32767}. */
    @Override
    public String toString() {
        return first + "-" + last;
    }
}
