package io.pointsman.linux.ipvs;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The table in which a hashing scheduler looks up a client's destination. It has a fixed number of places and is filled in
 * rounds: in each, a destination gets as many places as its weight. If weights do not fit, the kernel shortens them (mh) or
 * fills the table with the first destinations (sh), so they are made to fit before.
 */
public enum HashTable {
    /**
     * {@code mh}: net/netfilter/ipvs/ip_vs_mh.c divides weights by their greatest common divisor and then shifts them right
     * until the greatest has {@code IP_VS_MH_TAB_BITS} bits: 6, unless a kernel was built with another
     * {@code CONFIG_IP_VS_MH_TAB_INDEX} than 12.
     */
    MH {
        @Override
        Map<Destination, Integer> scaled(Map<Destination, Integer> reduced) {
            Map<Destination, Integer> best = to(reduced, MH_GREATEST);
            for (int greatest = MH_GREATEST - 1; greatest > MH_GREATEST / 2; greatest--) {
                final Map<Destination, Integer> other = to(reduced, greatest);
                if (distance(reduced, other) < distance(reduced, best)) {
                    best = other;
                }
            }
            return best;
        }

        @Override
        boolean holds(Map<Destination, Integer> weights) {
            return greatest(reduced(weights)) <= MH_GREATEST;
        }
    },

    /** {@code sh}: net/netfilter/ipvs/ip_vs_sh.c has 256 places and stops when they are full, even in the first round. */
    SH {
        @Override
        Map<Destination, Integer> scaled(Map<Destination, Integer> reduced) {
            return apportioned(reduced, SH_PLACES);
        }

        @Override
        boolean holds(Map<Destination, Integer> weights) {
            return greatest(weights) == 1 || total(weights) <= SH_PLACES / 16; // a last round of less than 6 percent
        }
    };

    private static final int MH_GREATEST = 63;
    private static final int SH_PLACES = 256;

    /** Relative error of a destination's share above which it is reported. */
    private static final double TOLERANCE = 0.1;

    /**
     * Weights for the kernel.
     *
     * @param shortfall the destination whose share is furthest from what was asked, in words; empty if all are near
     */
    public record Fit(Map<Destination, Integer> weights, Optional<String> shortfall) {}

    abstract Map<Destination, Integer> scaled(Map<Destination, Integer> reduced);

    /** Whether the kernel can split clients by these weights, all above 0, as they are. */
    abstract boolean holds(Map<Destination, Integer> weights);

    /** Returns the table of a scheduler; empty if it has none. */
    public static Optional<HashTable> of(String scheduler) {
        return switch (scheduler) {
            case "mh" -> Optional.of(MH);
            case "sh" -> Optional.of(SH);
            default -> Optional.empty();
        };
    }

    /**
     * Returns weights that fit the table, in ratios as near to these as it permits; 0 stays 0 and no other weight becomes 0.
     * Weights that fit stay as they are.
     */
    public Fit fit(Map<Destination, Integer> weights) {
        final Map<Destination, Integer> asked = new HashMap<>(weights);
        asked.values().removeIf(weight -> weight == 0);
        if (asked.size() < 2 || holds(asked)) {
            return new Fit(weights, Optional.empty());
        }
        final Map<Destination, Integer> reduced = reduced(asked);
        final Map<Destination, Integer> serving = holds(reduced) ? reduced : scaled(reduced);
        final Map<Destination, Integer> all = new HashMap<>(weights);
        all.putAll(serving);
        return new Fit(all, shortfall(reduced, serving));
    }

    /** Divides weights by their greatest common divisor. */
    private static Map<Destination, Integer> reduced(Map<Destination, Integer> weights) {
        int divisor = 0;
        for (int weight : weights.values()) {
            divisor = gcd(divisor, weight);
        }
        final int common = divisor;
        final Map<Destination, Integer> reduced = new HashMap<>(weights);
        reduced.replaceAll((_, weight) -> weight / common);
        return reduced;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static Map<Destination, Integer> to(Map<Destination, Integer> weights, int greatest) {
        final double scale = (double) greatest / greatest(weights);
        final Map<Destination, Integer> scaled = new HashMap<>();
        weights.forEach((destination, weight) ->
                scaled.put(destination, Math.max(1, Math.toIntExact(Math.round(weight * scale)))));
        return scaled;
    }

    /**
     * Splits the places in proportion to weights, by the largest remainder, with at least one for each destination; one for
     * each if there are not more places than destinations.
     */
    private static Map<Destination, Integer> apportioned(Map<Destination, Integer> weights, int places) {
        final Map<Destination, Integer> parts = new HashMap<>();
        if (weights.size() >= places) {
            weights.keySet().forEach(destination -> parts.put(destination, 1));
            return parts;
        }
        final Map<Destination, Integer> large = new HashMap<>(weights);
        double scale = scale(large, places);
        while (takeSmall(large, scale, parts)) {
            scale = scale(large, places - parts.size());
        }
        final double fitting = scale;
        final Map<Destination, Double> remainders = new HashMap<>();
        large.forEach((destination, weight) -> {
            final int part = (int) (weight * fitting);
            parts.put(destination, part);
            remainders.put(destination, weight * fitting - part);
        });
        remainders.entrySet().stream()
                .sorted(Map.Entry.<Destination, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(places - total(parts))
                .forEach(each -> parts.merge(each.getKey(), 1, Integer::sum));
        return parts;
    }

    /**
     * Gives one place to each destination that would have less, and takes it from the weights; returns whether there was
     * one.
     */
    private static boolean takeSmall(Map<Destination, Integer> weights, double scale, Map<Destination, Integer> parts) {
        return weights.entrySet().removeIf(each -> {
            final boolean isSmall = each.getValue() * scale < 1;
            if (isSmall) {
                parts.put(each.getKey(), 1);
            }
            return isSmall;
        });
    }

    private static double scale(Map<Destination, Integer> weights, int places) {
        return (double) places / total(weights);
    }

    private static int greatest(Map<Destination, Integer> weights) {
        return weights.values().stream().mapToInt(Integer::intValue).max().orElse(1);
    }

    private static long total(Map<Destination, Integer> weights) {
        return weights.values().stream().mapToLong(Integer::longValue).sum();
    }

    /** Returns twice the fraction of clients that get another destination than was asked. */
    private static double distance(Map<Destination, Integer> asked, Map<Destination, Integer> given) {
        final double askedTotal = total(asked);
        final double givenTotal = total(given);
        double sum = 0;
        for (Map.Entry<Destination, Integer> each : asked.entrySet()) {
            sum += Math.abs(each.getValue() / askedTotal - given.getOrDefault(each.getKey(), 0) / givenTotal);
        }
        return sum;
    }

    private Optional<String> shortfall(Map<Destination, Integer> asked, Map<Destination, Integer> given) {
        final double askedTotal = total(asked);
        final double givenTotal = total(given);
        Optional<String> worst = Optional.empty();
        double furthest = TOLERANCE;
        for (Map.Entry<Destination, Integer> each : new TreeMap<>(asked).entrySet()) {
            final double wanted = each.getValue() / askedTotal;
            final double got = given.getOrDefault(each.getKey(), 0) / givenTotal;
            if (Math.abs(got - wanted) / wanted > furthest) {
                furthest = Math.abs(got - wanted) / wanted;
                worst = Optional.of("the table of scheduler " + word() + " can't hold weights that differ so much: "
                        + each.getKey() + " gets " + percent(got) + " of new clients, not " + percent(wanted));
            }
        }
        return worst;
    }

    private String word() {
        return switch (this) {
            case MH -> "mh";
            case SH -> "sh";
        };
    }

    private static String percent(double part) {
        return Math.round(part * 1000) / 10.0 + " %";
    }
}
