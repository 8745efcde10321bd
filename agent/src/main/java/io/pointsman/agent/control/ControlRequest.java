package io.pointsman.agent.control;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request: {@code GET /flows?service=default/web HTTP/1.1}.
 *
 * @param parameters the query, decoded; the last value counts of one given twice
 */
public record ControlRequest(String path, Map<String, String> parameters) {
    public ControlRequest {
        parameters = Map.copyOf(parameters);
    }

    /** @throws IllegalArgumentException if it is not a request line of HTTP/1.0 or 1.1 for GET */
    static ControlRequest parse(String requestLine) {
        final String[] words = requestLine.split(" ", -1);
        if (words.length != 3 || !words[0].equals("GET") || !words[2].startsWith("HTTP/1.")) {
            throw new IllegalArgumentException("not a supported request; send GET /PATH HTTP/1.1");
        }
        final QueryStringDecoder target = new QueryStringDecoder(words[1], StandardCharsets.UTF_8);
        final Map<String, String> parameters = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> parameter : target.parameters().entrySet()) {
            parameters.put(parameter.getKey(), parameter.getValue().getLast());
        }
        return new ControlRequest(target.path(), parameters);
    }

    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }
}
