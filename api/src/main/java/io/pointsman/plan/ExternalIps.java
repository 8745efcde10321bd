package io.pointsman.plan;

import java.util.Locale;

/** Policy for addresses in {@code spec.externalIPs}, which a Service's author chooses freely. */
public enum ExternalIps {
    ACCEPT,
    /** External IPs are not served, as anyone who may write a Service could take any address (CVE-2020-8554). */
    REFUSE;

    /** Returns the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
