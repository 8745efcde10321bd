package io.pointsman.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conversations that do not go smoothly, with the real kernel. */
class NetlinkSocketTest {
    private static final int RTM_GETADDR = 22;
    private static final int RTM_GETLINK = 18;
    private static final int ADDRESS_HEADER_BYTES = 8;
    private static final int IFA_ADDRESS = 1;
    private static final int IPV4_ADDRESS_GROUP = 5;
    private static final int STABLE = 3000; // a dump of them takes many parts
    private static final int DUMPS = 20;
    private static final int MAX_DUMPS = 2000;
    private static final int FIRST = 0x0A00_0001;
    private static final int TINY_BYTES = 1;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static void addAddresses(NetworkNamespace namespace, int count) throws IOException {
        try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            netlink.addLink("br0", "bridge");
            final int index = netlink.linkIndex("br0");
            for (int i = 0; i < count; i++) {
                netlink.addAddress(index, IpAddress.ofIpv4(FIRST + i), 32);
            }
        }
    }

    private static void addressRequest(NetlinkSocket socket) {
        socket.request(RTM_GETADDR, 0).u8(2).u8(0).u8(0).u8(0).u32(0);
    }

    private static Optional<IpAddress> address(NetlinkMessage message) {
        return message.attributes(ADDRESS_HEADER_BYTES).address(IFA_ADDRESS);
    }

    private static List<IpAddress> addresses(NetlinkSocket socket) throws KernelException {
        addressRequest(socket);
        return socket.dump("listing addresses", NetlinkSocketTest::address);
    }

    @Test
    void shouldAnswerTheNextRequestWhenAReaderGaveUpInTheMiddleOfADump() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        addAddresses(namespace, STABLE);
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE))) {
            for (int i = 0; i < 3; i++) {
                addressRequest(socket);
                assertThatIllegalStateIsPassedOn(socket);
                assertThat(addresses(socket)).hasSize(STABLE);
            }
        }
    }

    private static void assertThatIllegalStateIsPassedOn(NetlinkSocket socket) {
        assertThatThrownBy(() -> socket.dump("listing addresses", _ -> {
                    throw new IllegalStateException("enough");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough");
    }

    @Test
    void shouldListEverythingThatStaysWhileSomethingChanges() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        addAddresses(namespace, STABLE);
        final AtomicBoolean done = new AtomicBoolean();
        final CompletableFuture<Integer> changes = CompletableFuture.supplyAsync(() -> {
            try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
                final int index = netlink.linkIndex("br0");
                int count = 0;
                // removing one in the middle shifts those behind it: what tears a dump
                for (; !done.get(); count++) {
                    final IpAddress address = IpAddress.ofIpv4(FIRST + STABLE + count % 500);
                    netlink.addAddress(index, address, 32);
                    netlink.deleteAddress(index, address, 32);
                }
                return count;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE))) {
            boolean repeated = false;
            for (int i = 0; i < MAX_DUMPS && !(repeated && i >= DUMPS); i++) {
                final AtomicInteger read = new AtomicInteger();
                addressRequest(socket);
                try {
                    final List<IpAddress> listed = socket.dump("listing addresses", message -> {
                        read.incrementAndGet();
                        return address(message);
                    });
                    assertThat(listed).doesNotHaveDuplicates();
                    assertThat(listed.size()).isBetween(STABLE, STABLE + 1);
                } catch (KernelException e) {
                    assertThat(e.errno()).isEqualTo(Errno.EAGAIN); // torn each time, and never passed off as whole
                }
                repeated |= read.get() > STABLE + 1;
            }
            assertThat(repeated).as("a torn dump was repeated").isTrue();
        } finally {
            done.set(true);
        }
        assertThat(changes.join()).isPositive();
    }

    @Test
    void shouldListAfterItsBufferOverflowed() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        addAddresses(namespace, 1);
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE));
                RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            socket.subscribe(IPV4_ADDRESS_GROUP, TINY_BYTES, "subscribing to addresses");
            final int index = netlink.linkIndex("br0");
            for (int i = 1; i < 200; i++) {
                netlink.addAddress(index, IpAddress.ofIpv4(FIRST + i), 32);
            }
            assertThat(addresses(socket)).hasSize(200);
        }
    }

    @Test
    void shouldSayThatEventsWereLostAndGoOnWithTheNext() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        addAddresses(namespace, 1);
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE));
                RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            socket.subscribe(IPV4_ADDRESS_GROUP, TINY_BYTES, "subscribing to addresses");
            final int index = netlink.linkIndex("br0");
            for (int i = 1; i < 200; i++) {
                netlink.addAddress(index, IpAddress.ofIpv4(FIRST + i), 32);
            }
            NetlinkSocket.Received received = NetlinkSocket.Received.EVENTS;
            boolean overrun = false;
            for (int i = 0; i < 1000 && received != NetlinkSocket.Received.NOTHING; i++) {
                received = socket.receive(0, _ -> {});
                overrun |= received == NetlinkSocket.Received.OVERRUN;
            }
            assertThat(overrun).isTrue();
            netlink.addAddress(index, IpAddress.ofIpv4(FIRST + 500), 32);
            final AtomicBoolean heard = new AtomicBoolean();
            assertThat(socket.receive(
                            10_000,
                            message -> heard.compareAndSet(
                                    false, address(message).equals(Optional.of(IpAddress.ofIpv4(FIRST + 500))))))
                    .isEqualTo(NetlinkSocket.Received.EVENTS);
            assertThat(heard).isTrue();
        }
    }

    @Test
    void shouldHandOnTheKernelsOwnWords() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE))) {
            socket.request(RTM_GETADDR, 0)
                    .u8(2)
                    .u8(99)
                    .u8(0)
                    .u8(0)
                    .u32(0); // strict checking: a dump takes no prefix length
            assertThatExceptionOfType(KernelException.class)
                    .isThrownBy(() -> socket.dump("listing addresses", NetlinkSocketTest::address))
                    .satisfies(e -> {
                        assertThat(e.errno()).isEqualTo(Errno.EINVAL);
                        assertThat(e.kernelText()).isNotEmpty();
                        assertThat(e).hasMessage("listing addresses: EINVAL (invalid argument): " + e.kernelText());
                    });
            assertThat(addresses(socket)).isEmpty();
        }
    }

    @Test
    void shouldRefuseAMessageThatDoesNotFitItsBuffer() throws IOException {
        try (NetlinkSocket socket = namespaces.create().call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE))) {
            assertThatThrownBy(() -> socket.request(RTM_GETLINK, 0).attributeBytes(1, new byte[1 << 20]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(addresses(socket)).isEmpty();
        }
    }

    @Test
    void shouldAnswerNothingMoreWhenClosed() throws IOException {
        final NetlinkSocket socket = namespaces.create().call(() -> NetlinkSocket.open(NetlinkProtocol.ROUTE));
        socket.close();
        socket.close();
        assertThatThrownBy(() -> addresses(socket)).isInstanceOf(IllegalStateException.class);
        assertThat(socket.receive(0, _ -> {})).isEqualTo(NetlinkSocket.Received.CLOSED);
    }
}
