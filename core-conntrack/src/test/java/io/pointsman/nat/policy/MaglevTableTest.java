package io.pointsman.nat.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.PoolEndpoint;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaglevTableTest {
    private static PoolEndpoint endpoint(int number, int weight) {
        return new PoolEndpoint(IpAddress.ofIpv4(0x0AB4_0100 + number), 8080, weight, false);
    }

    private static PoolEndpoint[] endpoints(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> endpoint(i, 1)).toArray(PoolEndpoint[]::new);
    }

    @Test
    void shouldGiveEachEndpointItsShareWhenWeightsAreEqual() {
        final int[] table = MaglevTable.build(endpoints(0, 50));
        final long[] counts = new long[50];
        Arrays.stream(table).forEach(position -> counts[position]++);
        assertThat(table.length).isGreaterThanOrEqualTo(5000);
        assertThat(Arrays.stream(counts).max().orElseThrow()
                        - Arrays.stream(counts).min().orElseThrow())
                .isLessThanOrEqualTo(1);
    }

    @Test
    void shouldMoveFewClientsBeyondItsOwnWhenAnEndpointGoes() {
        final PoolEndpoint[] all = endpoints(0, 50);
        final PoolEndpoint[] fewer = endpoints(1, 50);
        final int[] before = MaglevTable.build(all);
        final int[] after = MaglevTable.build(fewer);
        assertThat(after).hasSameSizeAs(before);
        int movedNeedlessly = 0;
        for (int i = 0; i < before.length; i++) {
            final boolean moved = !all[before[i]].equals(fewer[after[i]]);
            movedNeedlessly += moved && before[i] != 0 ? 1 : 0;
        }
        assertThat(movedNeedlessly).as("of %d entries", before.length).isLessThan(before.length / 25);
    }

    @Test
    void shouldGiveEntriesInProportionWhenWeightsDiffer() {
        final int[] table = MaglevTable.build(new PoolEndpoint[] {endpoint(1, 1), endpoint(2, 3)});
        final long light =
                Arrays.stream(table).filter(position -> position == 0).count();
        assertThat((double) light / table.length).isBetween(0.24, 0.26);
    }
}
