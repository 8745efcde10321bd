package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MarkBitTest {
    @Test
    void shouldTouchItsBitOnly() {
        final MarkBit packet = new MarkBit(MarkBit.Place.PACKET, 14);
        assertThat(packet.set()).isEqualTo("-j MARK --set-xmark 0x4000/0x4000\n");
        assertThat(packet.clear()).isEqualTo("-j MARK --set-xmark 0x0/0x4000\n");
        assertThat(packet.match()).isEqualTo("-m mark --mark 0x4000/0x4000 ");

        final MarkBit connection = new MarkBit(MarkBit.Place.CONNECTION, 31);
        assertThat(connection.set()).isEqualTo("-j CONNMARK --set-xmark 0x80000000/0x80000000\n");
        assertThat(connection.match()).isEqualTo("-m connmark --mark 0x80000000/0x80000000 ");
    }

    @Test
    void shouldKnowThirtyTwoBits() {
        assertThatThrownBy(() -> new MarkBit(MarkBit.Place.PACKET, 32)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MarkBit(MarkBit.Place.PACKET, -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
