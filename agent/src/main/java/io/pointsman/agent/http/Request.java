package io.pointsman.agent.http;

import java.util.Locale;

/**
 * A GET or HEAD as a {@link Responder} sees it.
 *
 * @param path without the query
 * @param accept the Accept header, empty without one
 */
public record Request(String path, String accept) {
    /** Whether the client asks for JSON by name; one that takes anything does not. */
    public boolean wantsJson() {
        return accept.toLowerCase(Locale.ROOT).contains("application/json");
    }
}
