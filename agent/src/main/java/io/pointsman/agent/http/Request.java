package io.pointsman.agent.http;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as a {@link Responder} sees it. Most pages answer any method as GET.
 *
 * @param method as it was sent
 * @param path decoded, without the query
 * @param parameters the query, decoded; of one given twice the last counts
 * @param accept the Accept header, empty without one
 * @param lastEventId what a stream of events had last sent to this client, as it says; empty without
 * @param host whom the client means to ask, host and perhaps port: of an absolute request target, else of the Host header;
 *     empty without either
 * @param isHttp10 whether the client speaks HTTP/1.0, which need not say whom it asks
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

    /** One of the parameters. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** Whether the client asks for JSON by name; one that takes anything does not. */
    public boolean wantsJson() {
        return accept.toLowerCase(Locale.ROOT).contains("application/json");
    }
}
