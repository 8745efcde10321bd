package io.pointsman.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoomTest {
    private final Room room = new Room(new RoomLimits(5, 3, 2));
    private final List<String> evicted = new ArrayList<>();

    private record Connection(String name, String listener, String client, boolean isIdle, List<String> evicted)
            implements Room.Guest {
        @Override
        public void evict() {
            evicted.add(name);
        }
    }

    private Connection enter(String name, String listener, String client, boolean isIdle) {
        final Connection connection = new Connection(name, listener, client, isIdle, evicted);
        room.enter(connection);
        return connection;
    }

    @Test
    void shouldCloseTheOldestIdleOneOfAClientThatHasItsShare() {
        enter("other", "1", "a", true);
        enter("busy", "1", "b", false);
        enter("idle", "2", "b", true);
        enter("new", "2", "b", true);

        assertThat(evicted).containsExactly("idle");
    }

    @Test
    void shouldCloseTheOldestIdleOneOfAListenerThatHasItsShare() {
        enter("elsewhere", "2", "x", true);
        enter("a", "1", "a", true);
        enter("b", "1", "b", true);
        enter("c", "1", "c", true);
        enter("d", "1", "d", true);

        assertThat(evicted).containsExactly("a");
    }

    @Test
    void shouldCloseTheOldestOfAllWhenTheRoomIsFullAndNoneIsIdle() {
        for (int i = 0; i < 6; i++) {
            enter("number " + i, "listener " + i, "client " + i, false);
        }

        assertThat(evicted).containsExactly("number 0");
    }

    @Test
    void shouldCountNoConnectionThatHasLeft() {
        room.leave(enter("a", "1", "a", true));
        enter("b", "1", "a", true);
        enter("c", "1", "a", true);

        assertThat(evicted).isEmpty();
    }

    @Test
    void shouldCountClientsOfOneIpv6NetworkTogether() throws UnknownHostException {
        assertThat(client("2001:db8:1:2::3")).isEqualTo(client("2001:db8:1:2:ffff::4"));
        assertThat(client("2001:db8:1:2::3")).isNotEqualTo(client("2001:db8:1:3::3"));
        assertThat(client("192.0.2.1")).isEqualTo(client("192.0.2.1")).isNotEqualTo(client("192.0.2.2"));
    }

    private static Object client(String address) throws UnknownHostException {
        return ClientQuota.of(new InetSocketAddress(InetAddress.getByName(address), 1024));
    }
}
