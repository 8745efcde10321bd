package io.pointsman.lab;

/** Observations that are not an address. */
final class Outcomes {
    static final String NO_ANSWER = "no answer";
    static final String REFUSED = "refused";

    private Outcomes() {}
}
