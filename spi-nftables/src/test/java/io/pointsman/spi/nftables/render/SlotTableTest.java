package io.pointsman.spi.nftables.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SlotTableTest {
    private static final PoolId ID = new PoolId(
            new ServicePortName(new ObjectName("ns", "web"), "p", Protocol.TCP), IpFamily.IPV4, PoolId.Scope.CLUSTER);

    private static PoolEndpoint endpoint(int number, int weight) {
        return new PoolEndpoint(IpAddress.ofIpv4(0x0a000000 + number), 80, weight, false);
    }

    private static EndpointPool pool(int... weights) {
        final List<PoolEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            endpoints.add(endpoint(i + 1, weights[i]));
        }
        return new EndpointPool(ID, endpoints);
    }

    @ParameterizedTest
    @EnumSource(Balancing.class)
    void shouldGiveNoSlotToAnEndpointWithoutWeight(Balancing balancing) {
        assertThat(SlotTable.of(pool(0, 3, 1), balancing)).isNotEmpty().doesNotContain(endpoint(1, 0));
        assertThat(SlotTable.of(pool(0, 0), balancing)).isEmpty();
        assertThat(SlotTable.of(pool(0, 7), balancing)).containsExactly(endpoint(2, 7));
    }

    @Test
    void shouldReduceWeightsToTheirRatio() {
        final List<PoolEndpoint> slots = SlotTable.of(pool(200, 300), Balancing.WEIGHTED);
        assertThat(slots).hasSize(5);
        assertThat(Collections.frequency(slots, endpoint(2, 300))).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"65535, 1, 1024, 1", "65535, 32768, 683, 341", "1000, 24, 125, 3"})
    void shouldKeepWeightsInProportionWhenTheyAreTooLarge(int first, int second, int firstParts, int secondParts) {
        assertThat(SlotTable.parts(new int[] {first, second}, 1024)).containsExactly(firstParts, secondParts);
    }

    @Test
    void shouldMoveFewClientsWhenAnEndpointComesUnderMaglev() {
        final List<PoolEndpoint> before = SlotTable.of(pool(1, 1, 1, 1), Balancing.MAGLEV);
        final List<PoolEndpoint> after = SlotTable.of(pool(1, 1, 1, 1, 1), Balancing.MAGLEV);
        assertThat(after).hasSameSizeAs(before).hasSizeGreaterThanOrEqualTo(500);
        int moved = 0;
        for (int slot = 0; slot < before.size(); slot++) {
            moved += before.get(slot).equals(after.get(slot)) ? 0 : 1;
        }
        // a fifth has to; the paper's own tables move somewhat more
        assertThat(moved).isBetween(before.size() / 6, before.size() / 3);
    }

    @Test
    void shouldFillMaglevInProportionToWeight() {
        final List<PoolEndpoint> slots = SlotTable.of(pool(1, 3), Balancing.MAGLEV);
        final int heavy = Collections.frequency(slots, endpoint(2, 3));
        assertThat(heavy).isBetween(slots.size() * 3 / 4 - 1, slots.size() * 3 / 4 + 1);
    }

    @Test
    void shouldHaveNoMoreSlotsThanTheirNumbersHaveRoomFor() {
        final int[] weights = new int[700];
        java.util.Arrays.fill(weights, 1);
        assertThat(SlotTable.of(pool(weights), Balancing.MAGLEV)).hasSizeLessThanOrEqualTo(Layout.MAX_SLOTS);
    }
}
