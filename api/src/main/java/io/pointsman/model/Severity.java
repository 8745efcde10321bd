package io.pointsman.model;

import java.util.Locale;

/** Severity of a problem. */
public enum Severity {
    /** The request is not carried out. */
    ERROR,
    /** The request is carried out as Kubernetes specifies, but the outcome may surprise. */
    WARNING;

    /** Returns the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
