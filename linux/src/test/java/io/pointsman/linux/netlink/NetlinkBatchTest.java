package io.pointsman.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NetlinkBatchTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static Route local(int host) {
        return Route.local(Cidr.of(IpAddress.ofIpv4(0x0A60_0000 + host)), 1);
    }

    @Test
    void shouldAskForAnAcknowledgementOfTheLastOnly() {
        final NetlinkBatch batch = new NetlinkBatch();
        batch.add(20, 0, "first").attributeText(1, "odd");
        batch.add(21, MessageWriter.FLAG_CREATE, "second").u32(7);

        final ByteBuffer bytes = ByteBuffer.wrap(batch.toBytes()).order(ByteOrder.nativeOrder());

        assertThat(bytes.getInt(0)).isEqualTo(24);
        assertThat(bytes.getShort(6)).isEqualTo((short) MessageWriter.FLAG_REQUEST);
        assertThat(bytes.getInt(8)).isZero();
        assertThat(bytes.getInt(24)).isEqualTo(20);
        assertThat(bytes.getShort(24 + 6))
                .isEqualTo((short) (MessageWriter.FLAG_REQUEST | MessageWriter.FLAG_CREATE | MessageWriter.FLAG_ACK));
        assertThat(bytes.getInt(24 + 8)).isEqualTo(1);
        assertThat(bytes.remaining()).isEqualTo(44);
    }

    @Test
    void shouldRefuseMoreThanItHolds() {
        final NetlinkBatch batch = new NetlinkBatch();
        while (!batch.isFull()) {
            batch.add(20, 0, "one of many").u32(0);
        }

        assertThatThrownBy(() -> batch.add(20, 0, "one too many")).isInstanceOf(IllegalStateException.class);
        batch.clear();
        assertThat(batch.isEmpty()).isTrue();
        assertThat(batch.isFull()).isFalse();
    }

    @Test
    void shouldCarryOutAllButThoseThatFailAndNameThese() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            netlink.setUp("lo");
            netlink.addRoute(local(3));
            final NetlinkBatch batch = new NetlinkBatch();
            for (int host = 1; host <= 5; host++) {
                netlink.addRoute(batch, local(host));
            }
            netlink.deleteRoute(batch, local(9));
            final List<Integer> failed = new ArrayList<>();
            final List<Errno> why = new ArrayList<>();

            netlink.execute(batch, (index, failure) -> {
                failed.add(index);
                why.add(failure.errno());
                assertThat(failure).hasMessageContaining("10.96.0." + (index == 2 ? 3 : 9));
            });

            assertThat(failed).containsExactly(2, 5);
            assertThat(why).containsExactly(Errno.EEXIST, Errno.ESRCH);
            assertThat(netlink.routes(IpFamily.IPV4))
                    .filteredOn(route -> route.protocol() == Route.BY_ADMINISTRATOR)
                    .hasSize(5);
        }
    }

    @Test
    void shouldSurviveABatchOfWhichEveryRequestFails() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            netlink.setUp("lo");
            final NetlinkBatch batch = new NetlinkBatch();
            int size = 0;
            while (!batch.isFull()) {
                netlink.deleteRoute(batch, local(++size));
            }
            final List<Integer> failed = new ArrayList<>();

            netlink.execute(batch, (index, _) -> failed.add(index));

            assertThat(failed).hasSize(size);
            assertThat(netlink.links()).isNotEmpty(); // the conversation goes on
        }
    }
}
