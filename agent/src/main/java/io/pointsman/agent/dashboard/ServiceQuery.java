package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Request;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.EnumToken;
import io.pointsman.model.ObjectName;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Selection of service ports for a page: filtered by text, sorted, and cut to a window.
 *
 * @param text part of the name, in lower case; empty for all
 * @param offset of the window, 0 or more
 * @param limit of the window, 1 to {@value #MAX_ROWS}
 */
record ServiceQuery(String text, Order order, int offset, int limit) {
    private static final int MAX_ROWS = 200;

    /** Sort order of the service ports; equal ones are sorted by name. */
    enum Order {
        NAME,
        CONNECTIONS,
        RATE,
        BYTES,
        ENDPOINTS,
        REFUSED,
        PROBLEMS;

        double figure(ServiceIndex.Port port, Rates rates, Map<ObjectName, List<Problem>> problems) {
            return switch (this) {
                case NAME -> 0;
                case CONNECTIONS ->
                    (double) rates.figures(port.name())
                            .value(Figure.CONNECTIONS_NOW)
                            .orElse(-1);
                case RATE -> rates.connectionsPerSecond(port.name()).orElse(-1);
                case BYTES -> rates.bytesPerSecond(port.name()).orElse(-1);
                case ENDPOINTS -> port.row().endpoints();
                case REFUSED ->
                    (double) port.row()
                            .with(rates.figures(port.name()))
                            .refused()
                            .orElse(-1);
                case PROBLEMS -> ServiceProblems.count(problems, port.name().service());
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

    /** Whether the name contains the text. */
    boolean admits(ServiceIndex.Port port) {
        return text.isEmpty() || port.text().contains(text);
    }
}
