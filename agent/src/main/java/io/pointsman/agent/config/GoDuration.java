package io.pointsman.agent.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations in Go's notation, which kube-proxy uses: {@code 30s}, {@code 1m30s}, {@code 0.5h}, {@code 250ms}, {@code 0}. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)");

    private static final BigDecimal LONGEST_NANOS = BigDecimal.valueOf(Long.MAX_VALUE);

    private GoDuration() {}

    /**
     * Parses a duration. It is never negative, and as in Go its nanoseconds fit in 64 bits (292 years).
     *
     * @throws IllegalArgumentException if the text is not one
     */
    static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        final Matcher part = PART.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (part.find() && part.start() == end) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(nanos(part.group(2)))));
            end = part.end();
        }
        if (end == 0 || end != text.length() || nanos.compareTo(LONGEST_NANOS) > 0) {
            throw new IllegalArgumentException("not a duration such as 250ms, 5s, 2m or 1h");
        }
        return Duration.ofNanos(nanos.longValue());
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
