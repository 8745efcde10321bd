package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Request;
import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which service ports a page shows: those whose name has a text, in an order, and of them a window.
 *
 * @param text in lower case; empty for all
 * @param offset of the window, 0 or more
 * @param limit of the window, 1 to {@value #MAX_ROWS}
 */
record ServiceQuery(String text, Order order, int offset, int limit) {
    private static final int MAX_ROWS = 200;

    /** Which come first; those with equal figures in order of name. */
    enum Order {
        NAME,
        CONNECTIONS,
        RATE,
        BYTES,
        ENDPOINTS,
        REFUSED,
        PROBLEMS;

        double figure(RatedRow row) {
            return switch (this) {
                case NAME -> 0;
                case CONNECTIONS ->
                    (double) row.row().value(Figure.CONNECTIONS_NOW).orElse(-1);
                case RATE -> row.connectionsPerSecond().orElse(-1);
                case BYTES -> row.bytesPerSecond().orElse(-1);
                case ENDPOINTS -> row.row().endpoints();
                case REFUSED -> (double) row.row().refused().orElse(-1);
                case PROBLEMS -> row.problems();
            };
        }

        static Order parse(String word) {
            return Arrays.stream(values())
                    .filter(order -> EnumToken.of(order).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("sort: \"" + word + "\" is none of "
                            + Arrays.stream(values()).map(EnumToken::of).collect(Collectors.joining(", "))));
        }
    }

    /** @throws IllegalArgumentException naming the parameter, what it is and what is allowed */
    static ServiceQuery parse(Request request) {
        return new ServiceQuery(
                request.parameter("text").orElse("").toLowerCase(Locale.ROOT),
                Order.parse(request.parameter("sort").orElse("name")),
                Parameters.number(request, "offset", 0, 0, Integer.MAX_VALUE),
                Parameters.number(request, "limit", MAX_ROWS, 1, MAX_ROWS));
    }

    private boolean admits(RatedRow row) {
        return text.isEmpty()
                || row.row().port().toString().toLowerCase(Locale.ROOT).contains(text);
    }

    /** The window as JSON, with how many there are. */
    String answer(List<RatedRow> all) {
        final List<RatedRow> matching = all.stream()
                .filter(this::admits)
                .sorted(Comparator.comparingDouble(order::figure).reversed()) // stable: they come in order of name
                .toList();
        return Json.object(json -> {
            json.writeNumberField("all", all.size());
            json.writeNumberField("matching", matching.size());
            json.writeNumberField("offset", offset);
            json.writeArrayFieldStart("rows");
            for (RatedRow row : matching.stream().skip(offset).limit(limit).toList()) {
                json.writeStartObject();
                row.write(json);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
