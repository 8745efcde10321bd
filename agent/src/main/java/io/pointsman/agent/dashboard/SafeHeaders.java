package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Reply;

/** HTTP headers that restrict what a browser does with the dashboard's pages. */
final class SafeHeaders {
    /** Content security policy: only files from this port, no inline script or style, and no markup made from text. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private SafeHeaders() {}

    static Reply on(Reply reply) {
        return reply.with("Content-Security-Policy", POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("X-Frame-Options", "DENY")
                .with("Referrer-Policy", "no-referrer")
                .with("Cross-Origin-Opener-Policy", "same-origin")
                .with("Cross-Origin-Resource-Policy", "same-origin")
                .with("Cache-Control", "no-store");
    }
}
