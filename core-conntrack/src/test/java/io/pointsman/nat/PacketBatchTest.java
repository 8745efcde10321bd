package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PacketBatchTest {
    private final PacketBatch batch = new PacketBatch(4);
    private final long[] packets = {10, 20, 30, 40, 50};
    private final int[] lengths = {1, 2, 3, 4, 5};

    @Test
    void shouldTakePacketsBehindThoseItHas() {
        batch.add(7, 8);
        batch.addAll(packets, lengths, 2, 3);
        assertThat(batch.size()).isEqualTo(4);
        assertThat(batch.addresses).startsWith(7, 30, 40, 50);
        assertThat(batch.lengths).startsWith(8, 3, 4, 5);
    }

    @Test
    void shouldTakeNoneWhenTheyAreMoreThanItHasRoomFor() {
        batch.add(7, 8);
        assertThatThrownBy(() -> batch.addAll(packets, lengths, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(batch.size()).isEqualTo(1);
    }

    @Test
    void shouldTakeNoneWhenThereAreFewer() {
        assertThatThrownBy(() -> batch.addAll(packets, lengths, 3, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.addAll(packets, new int[2], 0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.addAll(packets, lengths, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(batch.size()).isZero();
    }
}
