package io.pointsman.plan;

/**
 * Ports that Services may have on node addresses, as in the API server's {@code --service-node-port-range}.
 *
 * @param first 1 to 65535
 * @param last 1 to 65535, not below the first
 */
public record NodePortRange(int first, int last) {
    /** 30000 to 32767, the API server's default. */
    public static final NodePortRange DEFAULT = new NodePortRange(30_000, 32_767);

    /** Every port. */
    public static final NodePortRange ALL = new NodePortRange(1, 65_535);

    public NodePortRange {
        if (first < 1 || last > 65_535 || last < first) {
            throw new IllegalArgumentException("node ports " + first + "-" + last + " are no range within 1-65535");
        }
    }

    /**
     * Parses {@code first-last}.
     *
     * @throws IllegalArgumentException if the text is not a range of ports; the message quotes it
     */
    public static NodePortRange parse(String text) {
        if (!text.matches("[0-9]{1,5}-[0-9]{1,5}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a range of ports such as " + DEFAULT);
        }
        final int dash = text.indexOf('-');
        return new NodePortRange(Integer.parseInt(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1)));
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    /** Formats as {@code first-last}, the form that {@link #parse} reads. */
    @Override
    public String toString() {
        return first + "-" + last;
    }
}
