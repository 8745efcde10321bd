package io.pointsman.plan;

import java.util.Locale;

/** Whether Services may have external addresses of their own choice ({@code spec.externalIPs}). */
public enum ExternalIps {
    ACCEPT,
    /** Whoever may write a Service could take any address with it (CVE-2020-8554). */
    REFUSE;

    /** In lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
