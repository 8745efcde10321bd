package io.pointsman.lab;

/** What can be seen in place of an address. */
final class Outcomes {
    static final String NO_ANSWER = "no answer";
    static final String REFUSED = "refused";

    private Outcomes() {}
}
