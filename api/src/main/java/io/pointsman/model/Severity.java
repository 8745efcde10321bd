package io.pointsman.model;

import java.util.Locale;

/** Severity of a problem. */
public enum Severity {
    /** What was asked for is not done. */
    ERROR,
    /** What was asked for is done as Kubernetes specifies, but the outcome may surprise. */
    WARNING;

    /** Returns the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
