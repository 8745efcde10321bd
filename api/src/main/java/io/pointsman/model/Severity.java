package io.pointsman.model;

import java.util.Locale;

/** How much of what somebody asked for is lost. */
public enum Severity {
    /** It is not done. */
    ERROR,
    /** It is done as Kubernetes says it, and the outcome may surprise. */
    WARNING;

    /** In lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
