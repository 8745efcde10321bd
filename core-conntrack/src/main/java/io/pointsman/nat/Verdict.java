package io.pointsman.nat;

/** What is decided for one packet or connection. */
public enum Verdict {
    /** Translated: send it on to where its header now points. */
    FORWARD,
    /** Not the proxy's business: goes on untouched. */
    PASS,
    /** As {@link #PASS}, and explicitly let in to the node itself: a health check. */
    ADMIT,
    /** Gone, in silence. */
    DROP,
    /** Gone, and the sender is told: the answer to send is ready. */
    REJECT,
    /** Belongs to a flow but can't be part of it as it stands (a TCP segment out of place); to be dropped. */
    INVALID;

    /** Its place among the counters of one process; never stored. */
    @SuppressWarnings("EnumOrdinal") // an array of counters, where a map would cost more
    public int index() {
        return ordinal();
    }
}
