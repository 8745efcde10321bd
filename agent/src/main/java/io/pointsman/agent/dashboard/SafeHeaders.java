package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Reply;

/** What keeps a browser from doing with a page, or for another page, what it is not to do. */
final class SafeHeaders {
    /** Nothing but files of this port, no code or style in the markup, and no markup made of text. */
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
