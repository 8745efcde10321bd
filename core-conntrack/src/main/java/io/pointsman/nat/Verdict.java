package io.pointsman.nat;

/** Decision about one packet or connection. */
public enum Verdict {
    /** The packet was translated: send it to its new destination. */
    FORWARD,
    /** The packet does not concern the proxy: send it on unchanged. */
    PASS,
    /** The packet is for the node itself and explicitly accepted, a health check; otherwise as {@link #PASS}. */
    ADMIT,
    /** Drop the packet silently. */
    DROP,
    /** Drop the packet and send its sender the reply, which is ready. */
    REJECT,
    /** Drop the packet: it belongs to a flow but is not valid in it (a TCP segment outside the window, for instance). */
    INVALID;

    /** Index among the counters of one process; never stored. */
    @SuppressWarnings("EnumOrdinal") // an array of counters, where a map would cost more
    public int index() {
        return ordinal();
    }
}
