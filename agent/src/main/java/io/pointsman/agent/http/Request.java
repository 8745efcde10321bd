package io.pointsman.agent.http;

import java.util.Locale;
import java.util.Optional;

/**
 * A request as a {@link Responder} sees it. Its method does not matter: each is answered as GET is.
 *
 * @param path decoded, without the query
 * @param accept the Accept header, empty without one
 * @param host whom the client means to ask, host and perhaps port: of an absolute request target, else of the Host header;
 *     empty without either
 * @param isHttp10 whether the client speaks HTTP/1.0, which need not say whom it asks
 */
public record Request(String path, String accept, Optional<String> host, boolean isHttp10) {
    /** Whether the client asks for JSON by name; one that takes anything does not. */
    public boolean wantsJson() {
        return accept.toLowerCase(Locale.ROOT).contains("application/json");
    }
}
