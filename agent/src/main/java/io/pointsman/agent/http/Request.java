package io.pointsman.agent.http;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as a {@link Responder} sees it. Most pages answer any method like GET.
 *
 * @param method as sent
 * @param path decoded, without the query
 * @param parameters the query, decoded; the last value counts of one given twice
 * @param accept the Accept header; empty if missing
 * @param lastEventId id of the last event that the client has of a stream; empty if missing
 * @param host requested host, perhaps with a port: from an absolute request target, else from the Host header; empty
 *     if missing
 * @param isHttp10 whether the client speaks HTTP/1.0, which does not require a Host header
 */
public record Request(
        String method,
        String path,
        Map<String, String> parameters,
        String accept,
        String lastEventId,
        Optional<String> host,
        boolean isHttp10) {
    public Request {
        parameters = Map.copyOf(parameters);
    }

    /** Returns the value of a parameter. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** Whether the client asks for JSON by name; accepting any type does not count. */
    public boolean wantsJson() {
        return accept.toLowerCase(Locale.ROOT).contains("application/json");
    }
}
