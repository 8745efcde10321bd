package io.pointsman.linux.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.bpf.XdpMode;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.Link;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams of a real socket, over a pair of interfaces, into the socket here and back as another's answer. */
class XdpSocketTest {
    private static final int UDP = 17;
    private static final int PORT = 9000;
    private static final int ROUNDS = 300; // more than a ring holds
    private static final int RING = 64;
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int FLUSH_MILLIS = 200;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private NetworkNamespace node = NetworkNamespace.named("none");
    private NetworkNamespace pod = NetworkNamespace.named("none");
    private int link;

    @BeforeEach
    void connectNamespaces() throws Exception {
        node = namespaces.create();
        pod = namespaces.create();
        link = node.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open();
                    var handle = pod.openHandle()) {
                netlink.addVethPair("pod0", "eth0", handle);
                return addressed(netlink, "pod0", "10.1.0.1", "fd00:1::1");
            }
        });
        final int _ = pod.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                return addressed(netlink, "eth0", "10.1.0.2", "fd00:1::2");
            }
        });
    }

    private static int addressed(RouteNetlink netlink, String name, String ipv4, String ipv6) throws Exception {
        netlink.setUp("lo");
        netlink.setUp(name);
        final Link made = netlink.link(name).orElseThrow();
        netlink.addAddress(made.index(), IpAddress.parse(ipv4), 24);
        netlink.addAddress(made.index(), IpAddress.parse(ipv6), 64);
        return made.index();
    }

    /** Receives a datagram; flushes again meanwhile, because a kernel that is busy leaves frames to the next flush. */
    private static String answer(DatagramSocket client, XdpSocket socket) throws IOException {
        final byte[] answer = new byte[64];
        final var packet = new DatagramPacket(answer, answer.length);
        for (int waited = 0; ; waited += FLUSH_MILLIS) { // terminates: the last wait may fail
            client.setSoTimeout(FLUSH_MILLIS);
            try {
                client.receive(packet);
                client.setSoTimeout(PATIENCE_MILLIS);
                return new String(answer, 0, packet.getLength(), StandardCharsets.US_ASCII);
            } catch (SocketTimeoutException e) {
                if (waited >= PATIENCE_MILLIS) {
                    throw e;
                }
                socket.flush();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.1.0.1, 28", "fd00:1::1, 48"})
    void shouldReceiveWhatIsSteeredToItAndSendItBack(String address, int headerBytes) throws Exception {
        try (FramePool pool = FramePool.allocate(4 * RING, 2048);
                XdpSocket socket = node.call(() -> XdpSocket.open(pool, link, 0, RING));
                Steering steering = Steering.create(16, 16);
                Steering.Attached _ = node.call(() -> steering.attach(link, List.of(socket), XdpMode.NATIVE));
                FrameWait wait = new FrameWait(List.of(socket));
                DatagramChannel client = pod.call(DatagramChannel::open)) {
            steering.addFrontend(UDP, IpAddress.parse(address), PORT);
            client.socket().setSoTimeout(PATIENCE_MILLIS);
            final SocketAddress server = new InetSocketAddress(InetAddress.ofLiteral(address), PORT);
            final long[] addresses = new long[RING];
            final int[] lengths = new int[RING];
            for (int i = 0; i < ROUNDS; i++) {
                final byte[] payload = ("datagram " + i).getBytes(StandardCharsets.US_ASCII);
                socket.refill();
                client.send(ByteBuffer.wrap(payload), server);
                wait.await(PATIENCE_MILLIS);
                assertThat(socket.receive(addresses, lengths)).as("round %s", i).isEqualTo(1);
                assertThat(lengths[0]).isEqualTo(14 + headerBytes + payload.length);
                mirror(addresses[0], headerBytes == 28);
                assertThat(socket.send(addresses[0], lengths[0])).isTrue();
                socket.flush();
                assertThat(answer(client.socket(), socket)).isEqualTo("datagram " + i);
            }
            assertThat(socket.statistics().receiveDropped()).isZero();

            steering.removeFrontend(UDP, IpAddress.parse(address), PORT);
            try (DatagramChannel kernels = node.call(DatagramChannel::open)) {
                kernels.bind(server);
                kernels.socket().setSoTimeout(PATIENCE_MILLIS);
                exchange(client, kernels);
            }
        }
    }

    @Test
    void shouldLeaveAQueueToTheSocketThatHasIt() throws Exception {
        try (FramePool pool = FramePool.allocate(RING, 2048);
                XdpSocket _ = node.call(() -> XdpSocket.open(pool, link, 0, RING));
                FramePool another = FramePool.allocate(RING, 2048)) {
            assertThatThrownBy(() -> node.call(() -> XdpSocket.open(another, link, 0, RING)))
                    .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.EBUSY))
                            .isTrue());
            assertThatThrownBy(() -> XdpSocket.open(another, link, 0, 100))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldSteerRepliesOnlyWhileTheyAreKnownAndLeaveOthersToTheKernel() throws Exception {
        final IpAddress here = IpAddress.parse("10.1.0.1");
        final IpAddress there = IpAddress.parse("10.1.0.2");
        try (FramePool pool = FramePool.allocate(4 * RING, 2048);
                XdpSocket socket = node.call(() -> XdpSocket.open(pool, link, 0, RING));
                Steering steering = Steering.create(16, 16);
                FrameWait wait = new FrameWait(List.of(socket));
                DatagramChannel client = pod.call(DatagramChannel::open);
                DatagramChannel server = node.call(DatagramChannel::open)) {
            server.bind(new InetSocketAddress(here.toInetAddress(), PORT));
            client.bind(new InetSocketAddress(there.toInetAddress(), PORT));
            server.socket().setSoTimeout(PATIENCE_MILLIS);
            try (Steering.Attached _ = node.call(() -> steering.attach(link, List.of(socket), XdpMode.NATIVE))) {
                socket.refill();
                exchange(client, server);
                steering.addReply(UDP, there, PORT, here, PORT);
                client.send(ByteBuffer.wrap(new byte[1]), server.getLocalAddress());
                wait.await(PATIENCE_MILLIS);
                assertThat(socket.receive(new long[RING], new int[RING])).isEqualTo(1);
                assertThat(steering.removeReply(UDP, there, PORT, here, PORT)).isTrue();
                assertThat(steering.removeReply(UDP, there, PORT, here, PORT)).isFalse();
                exchange(client, server);
                steering.addReply(UDP, there, PORT, here, PORT);
            }
            exchange(client, server);
        }
    }

    private static void exchange(DatagramChannel client, DatagramChannel server) throws IOException {
        client.send(ByteBuffer.wrap(new byte[1]), server.getLocalAddress());
        server.socket().receive(new DatagramPacket(new byte[1], 1));
    }

    /** Swaps both ends of a datagram, and finishes the checksum by leaving it out (IPv4) or working it out (IPv6). */
    private static void mirror(long frame, boolean isIpv4) {
        for (int i = 0; i < 6; i++) {
            swap(frame + i, frame + 6 + i);
        }
        final int addressBytes = isIpv4 ? 4 : 16;
        final long source = frame + 14 + (isIpv4 ? 12 : 8);
        for (int i = 0; i < addressBytes; i++) {
            swap(source + i, source + addressBytes + i);
        }
        final long udp = source + 2L * addressBytes;
        swap(udp, udp + 2);
        swap(udp + 1, udp + 3);
        final int length = get(udp + 4) << 8 | get(udp + 5);
        set(udp + 6, 0);
        set(udp + 7, 0);
        if (!isIpv4) {
            int sum = UDP + length;
            for (int i = 0; i < 2 * addressBytes + length; i += 2) {
                sum += get(source + i) << 8 | (i + 1 < 2 * addressBytes + length ? get(source + i + 1) : 0);
            }
            sum = (sum & 0xFFFF) + (sum >>> 16);
            sum = ~(sum + (sum >>> 16)) & 0xFFFF;
            set(udp + 6, sum >>> 8);
            set(udp + 7, sum);
        }
    }

    private static void swap(long one, long other) {
        final int kept = get(one);
        set(one, get(other));
        set(other, kept);
    }

    private static int get(long address) {
        return SharedMemory.getInt(address & -4) >>> (8 * (address & 3)) & 0xFF;
    }

    private static void set(long address, int value) {
        final int shift = (int) (8 * (address & 3));
        final long word = address & -4;
        SharedMemory.setInt(word, (SharedMemory.getInt(word) & ~(0xFF << shift)) | ((value & 0xFF) << shift));
    }
}
