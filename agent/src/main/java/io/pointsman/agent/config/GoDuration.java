package io.pointsman.agent.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them, and with it kube-proxy: {@code 30s}, {@code 1m30s}, {@code 0.5h}, {@code 250ms}, {@code 0}. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)");

    private GoDuration() {}

    /**
     * Reads one; it is never negative.
     *
     * @throws IllegalArgumentException when it is none
     */
    static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        final Matcher part = PART.matcher(text);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (part.find() && part.start() == end) {
            final BigDecimal nanos = new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(nanos(part.group(2))));
            sum = sum.plusNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
            end = part.end();
        }
        if (end == 0 || end != text.length()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a duration such as 30s, 1m30s or 250ms");
        }
        return sum;
    }

    private static long nanos(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }
}
