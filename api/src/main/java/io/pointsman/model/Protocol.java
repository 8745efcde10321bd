package io.pointsman.model;

/** A transport protocol of a Service port. */
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /** Returns the protocol number in an IP header (IANA "Assigned Internet Protocol Numbers"). */
    public int number() {
        return number;
    }
}
