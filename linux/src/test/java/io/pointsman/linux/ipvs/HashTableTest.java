package io.pointsman.linux.ipvs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pointsman.model.IpAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Compares fitted weights with the kernel's own arithmetic, rewritten here after its sources. */
class HashTableTest {
    private static final int MH_BITS = 6;
    private static final int SH_PLACES = 256;

    private static Map<Destination, Integer> weights(int... all) {
        final Map<Destination, Integer> weights = new TreeMap<>();
        for (int i = 0; i < all.length; i++) {
            weights.put(new Destination(IpAddress.ofBytes(new byte[] {10, 0, (byte) (i >> 8), (byte) i}), 80), all[i]);
        }
        return weights;
    }

    private static int[] fitted(HashTable table, int... weights) {
        return new TreeMap<>(table.fit(weights(weights)).weights())
                .values().stream().mapToInt(Integer::intValue).toArray();
    }

    /** Returns the turns by which {@code ip_vs_mh_populate} fills its table. */
    private static int[] turns(int... weights) {
        int divisor = 0;
        for (int weight : weights) {
            int a = divisor;
            int b = weight;
            while (b != 0) {
                final int rest = a % b;
                a = b;
                b = rest;
            }
            divisor = a;
        }
        final int greatest = Arrays.stream(weights).max().orElseThrow() / divisor;
        final int shift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(greatest) - MH_BITS);
        final int[] turns = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            final int turn = (weights[i] / divisor) >> shift;
            turns[i] = turn != 0 ? turn : weights[i] != 0 ? 1 : 0;
        }
        return turns;
    }

    /** Returns the places that {@code ip_vs_sh_reassign} assigns. */
    private static int[] places(int... weights) {
        final int[] places = new int[weights.length];
        int next = 0;
        int count = 0;
        for (int i = 0; i < SH_PLACES; i++) {
            places[next]++;
            if (++count >= weights[next]) {
                next = (next + 1) % weights.length;
                count = 0;
            }
        }
        return places;
    }

    private static double share(int[] all, int index) {
        return (double) all[index] / Arrays.stream(all).sum();
    }

    @Test
    void shouldComeAsNearAsTheTableOfMaglevPermits() {
        assertThat(turns(1, 200)).containsExactly(1, 50); // what the kernel alone makes of it
        assertThat(fitted(HashTable.MH, 1, 200)).containsExactly(1, 63);
        assertThat(turns(1, 63)).containsExactly(1, 63);
        assertThat(HashTable.MH.fit(weights(1, 200)).shortfall())
                .hasValue("the table of scheduler mh can't hold weights that differ so much: 10.0.0.0:80 gets 1.6 % of"
                        + " new clients, not 0.5 %");
    }

    @Test
    void shouldLeaveRatiosThatTheTableHolds() {
        assertThat(fitted(HashTable.MH, 1, 1, 1)).containsExactly(1, 1, 1);
        assertThat(fitted(HashTable.MH, 100, 200, 0)).containsExactly(100, 200, 0);
        assertThat(fitted(HashTable.MH, 65535, 0)).containsExactly(65535, 0);
        assertThat(fitted(HashTable.SH, 65535, 0)).containsExactly(65535, 0);
        assertThat(fitted(HashTable.MH, 63, 62)).containsExactly(63, 62);
        assertThat(fitted(HashTable.SH, 1, 1, 1)).containsExactly(1, 1, 1);
        assertThat(fitted(HashTable.SH, 300, 300)).containsExactly(1, 1);
        assertThat(HashTable.MH.fit(weights(0, 0)).weights()).isEqualTo(weights(0, 0));
        assertThat(HashTable.MH.fit(Map.of()).weights()).isEmpty();
    }

    @Test
    void shouldGiveEachEndpointAPlaceAndNoneToThoseOfWeightZero() {
        final int[] many = new int[300];
        Arrays.fill(many, 65535);
        many[0] = 1;
        many[1] = 0;
        for (HashTable table : HashTable.values()) {
            final int[] fitted = fitted(table, many);
            assertThat(fitted[0]).isEqualTo(1);
            assertThat(fitted[1]).isZero();
            assertThat(Arrays.stream(fitted).skip(2)).allMatch(weight -> weight >= 1);
        }
    }

    @Test
    void shouldTellOfSharesThatAreFarOff() {
        assertThat(HashTable.SH.fit(weights(1, 65535)).shortfall()).isPresent();
        assertThat(HashTable.SH.fit(weights(1, 127)).shortfall()).isEmpty();
        assertThat(HashTable.MH.fit(weights(1, 60)).shortfall()).isEmpty();
    }

    @Test
    void shouldSplitAsAskedWithinWhatOnePlaceIsWorth() {
        final long seed = 16;
        final Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            final int[] asked = random.ints(2 + random.nextInt(12), 1, 1 << (1 + random.nextInt(14)))
                    .toArray();
            final int[] turns = turns(fitted(HashTable.MH, asked));
            final int[] places = places(fitted(HashTable.SH, asked));
            for (int i = 0; i < asked.length; i++) {
                // half a turn of the greatest, or the one that the smallest has at least
                assertThat(share(turns, i))
                        .as("mh, seed %s, run %s", seed, run)
                        .isCloseTo(share(asked, i), within(0.02));
                assertThat(share(places, i))
                        .as("sh, seed %s, run %s", seed, run)
                        .isCloseTo(share(asked, i), within(0.02));
            }
        }
    }

    @Test
    void shouldBeNearerThanTheKernelAlone() {
        final Map<String, Double> errors = new HashMap<>();
        final Random random = new Random(17);
        for (int run = 0; run < 500; run++) {
            final int[] asked = random.ints(2 + random.nextInt(12), 1, 4000).toArray();
            for (int i = 0; i < asked.length; i++) {
                final double share = share(asked, i);
                errors.merge("fitted", Math.abs(share(turns(fitted(HashTable.MH, asked)), i) - share), Double::sum);
                errors.merge("kernel", Math.abs(share(turns(asked), i) - share), Double::sum);
            }
        }
        assertThat(errors.getOrDefault("fitted", 1.0)).isLessThan(errors.getOrDefault("kernel", 0.0) / 2);
    }
}
