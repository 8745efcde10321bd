package io.pointsman.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prints measurements as a table. Compares each with the limit and with the best baseline of the same parameters and
 * threads, IPv6 with IPv4, and mixed traffic with the harmonic mean of both families.
 */
final class Report {
    private static final String LIMIT = "limit";
    private static final String BASELINE = "baseline";
    private static final String ENGINE = "engine";
    private static final String PACKETS = "packetsOnly";
    private static final String ROW = "%-30s %-10s %9s %7s %10s %-19s %7s %10s %9s %7s %8s%n";

    private final List<Measurement> measurements;

    Report(List<Measurement> measurements) {
        this.measurements = List.copyOf(measurements);
    }

    /** Returns a line for each measurement, under a heading. */
    String table() {
        final StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                ROW,
                "benchmark",
                "traffic",
                "flows",
                "threads",
                "median",
                "min .. max",
                "÷ limit",
                "÷ baseline",
                "÷ 1 thr.",
                "÷ IPv4",
                "B/op"));
        for (Measurement measurement : measurements) {
            text.append(row(measurement));
        }
        return text.toString();
    }

    private String row(Measurement of) {
        return String.format(
                        Locale.ROOT,
                        ROW,
                        of.name(),
                        of.traffic(),
                        of.flows(),
                        of.threads(),
                        number(of.median()) + " " + of.unit(),
                        number(of.min()) + " .. " + number(of.max()),
                        ratio(of, limit(of)),
                        ratio(of, bestBaseline(of)),
                        ratio(of, oneThread(of)),
                        ratio(of, inTraffic(of, of.traffic().replace("IPV6", "IPV4"))),
                        of.bytesPerOperation() < 0 ? "" : number(of.bytesPerOperation()))
                + withoutPackets(of)
                + besideFamilies(of)
                + (of.p999() > 0 ? "    p99.9 " + number(of.p999()) + " " + of.unit() + "\n" : "");
    }

    /** Returns the engine's rate without the time for writing its packets, which the limit does not include. */
    private String withoutPackets(Measurement of) {
        final Optional<Measurement> packets = peers(of, PACKETS).stream().findFirst();
        final Optional<Measurement> limit = limit(of);
        if (!of.method().startsWith(ENGINE) || packets.isEmpty() || limit.isEmpty()) {
            return "";
        }
        final double rate = 1 / (1 / of.median() - 1 / packets.get().median());
        return "    less " + PACKETS + ": " + number(rate) + " " + of.unit() + ", ÷ limit "
                + number(rate / limit.get().median()) + "\n";
    }

    /** Compares an even mixture of families with the mean of the time that a packet of each family takes alone. */
    private String besideFamilies(Measurement of) {
        final String mixed = of.traffic();
        final Optional<Measurement> ipv4 = inTraffic(of, mixed.replace("MIXED", "IPV4"));
        final Optional<Measurement> ipv6 = inTraffic(of, mixed.replace("MIXED", "IPV6"));
        if (!mixed.endsWith("MIXED") || ipv4.isEmpty() || ipv6.isEmpty()) {
            return "";
        }
        final double mean = 2 / (1 / ipv4.get().median() + 1 / ipv6.get().median());
        return "    ÷ harmonic mean of the families: " + number(of.median() / mean) + "\n";
    }

    /** Returns the measurement that differs only in its traffic. */
    private Optional<Measurement> inTraffic(Measurement of, String traffic) {
        return traffic.equals(of.traffic())
                ? Optional.empty()
                : measurements.stream()
                        .filter(other -> other.name().equals(of.name())
                                && other.flows().equals(of.flows())
                                && other.threads() == of.threads()
                                && other.traffic().equals(traffic))
                        .findFirst();
    }

    private Optional<Measurement> limit(Measurement of) {
        return peers(of, LIMIT).stream().findFirst();
    }

    private Optional<Measurement> bestBaseline(Measurement of) {
        return of.method().startsWith(BASELINE)
                ? Optional.empty()
                : peers(of, BASELINE).stream().max((a, b) -> Double.compare(a.median(), b.median()));
    }

    private Optional<Measurement> oneThread(Measurement of) {
        return of.threads() == 1
                ? Optional.empty()
                : measurements.stream()
                        .filter(other -> other.name().equals(of.name())
                                && other.flows().equals(of.flows())
                                && other.traffic().equals(of.traffic())
                                && other.threads() == 1)
                        .findFirst();
    }

    private List<Measurement> peers(Measurement of, String prefix) {
        final List<Measurement> peers = new ArrayList<>();
        for (Measurement other : measurements) {
            if (other.isRate()
                    && other.group().equals(of.group())
                    && other.flows().equals(of.flows())
                    && other.traffic().equals(of.traffic())
                    && other.threads() == of.threads()
                    && other.method().startsWith(prefix)) {
                peers.add(other);
            }
        }
        return peers;
    }

    private static String ratio(Measurement of, Optional<Measurement> to) {
        return of.isRate()
                ? to.map(other -> number(of.median() / other.median())).orElse("")
                : "";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.3f", value);
    }
}
