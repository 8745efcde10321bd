package io.pointsman.linux.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConntrackNetlinkTest {
    private static final int WAIT_MILLIS = 10_000;
    private static final int MANY = 5000;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static ConntrackTuple udp(String source, int sourcePort, String destination, int destinationPort) {
        return new ConntrackTuple(
                ConntrackTuple.UDP, IpAddress.parse(source), sourcePort, IpAddress.parse(destination), destinationPort);
    }

    private static final ConntrackTuple ORIGINAL = udp("10.0.0.1", 4711, "10.96.0.10", 53);
    private static final ConntrackTuple REPLY = udp("10.0.0.9", 5353, "10.0.0.1", 4711);
    private static final ConntrackTuple ORIGINAL6 = udp("fd00::1", 4711, "fd00:96::10", 53);
    private static final ConntrackTuple REPLY6 = udp("fd00::9", 5353, "fd00::1", 4711);

    @Test
    void shouldListEntriesOfOneFamily() throws IOException {
        try (ConntrackNetlink conntrack = namespaces.create().call(ConntrackNetlink::open)) {
            conntrack.create(ORIGINAL, REPLY, 100);
            conntrack.create(ORIGINAL6, REPLY6, 100);
            assertThat(conntrack.list(IpFamily.IPV4)).singleElement().satisfies(entry -> {
                assertThat(entry.original()).isEqualTo(ORIGINAL);
                assertThat(entry.reply()).isEqualTo(REPLY);
                assertThat(entry.state()).isEqualTo("REPLIED");
                assertThat(entry.timeoutSeconds()).isBetween(1L, 100L);
            });
            assertThat(conntrack.list(IpFamily.IPV6))
                    .extracting(ConntrackEntry::reply)
                    .containsExactly(REPLY6);
        }
    }

    @Test
    void shouldDeleteExactlyTheEntryAskedFor() throws IOException {
        try (ConntrackNetlink conntrack = namespaces.create().call(ConntrackNetlink::open)) {
            final ConntrackTuple other = udp("10.0.0.1", 4712, "10.96.0.10", 53);
            conntrack.create(ORIGINAL, REPLY, 100);
            conntrack.create(other, udp("10.0.0.9", 5353, "10.0.0.1", 4712), 100);
            assertThat(conntrack.delete(ORIGINAL)).isTrue();
            assertThat(conntrack.delete(ORIGINAL)).isFalse();
            assertThat(conntrack.list(IpFamily.IPV4))
                    .extracting(ConntrackEntry::original)
                    .containsExactly(other);
        }
    }

    /** A request that names no family means both, and one without a tuple everything: conntrack -F -f ipv6 empties IPv4. */
    @Test
    void shouldLeaveTheOtherFamilyAloneWhenItDeletes() throws IOException {
        try (ConntrackNetlink conntrack = namespaces.create().call(ConntrackNetlink::open)) {
            conntrack.create(ORIGINAL, REPLY, 100);
            conntrack.create(ORIGINAL6, REPLY6, 100);
            assertThat(conntrack.delete(ORIGINAL6)).isTrue();
            assertThat(conntrack.list(IpFamily.IPV6)).isEmpty();
            assertThat(conntrack.list(IpFamily.IPV4)).hasSize(1);
            conntrack.create(ORIGINAL6, REPLY6, 100);
            assertThat(conntrack.delete(conntrack.list(IpFamily.IPV4).getFirst()))
                    .isTrue();
            assertThat(conntrack.list(IpFamily.IPV4)).isEmpty();
            assertThat(conntrack.list(IpFamily.IPV6)).hasSize(1);
        }
    }

    @Test
    void shouldLeaveASuccessorOfTheSameAddressesAlone() throws IOException {
        try (ConntrackNetlink conntrack = namespaces.create().call(ConntrackNetlink::open)) {
            conntrack.create(ORIGINAL, REPLY, 100);
            final ConntrackEntry first = conntrack.list(IpFamily.IPV4).getFirst();
            assertThat(conntrack.delete(first)).isTrue();
            conntrack.create(ORIGINAL, REPLY, 100);
            final ConntrackEntry second = conntrack.list(IpFamily.IPV4).getFirst();
            if (second.id() != first.id()) { // the kernel may give an id again
                assertThat(conntrack.delete(first)).isFalse();
                assertThat(conntrack.list(IpFamily.IPV4)).hasSize(1);
            }
            assertThat(conntrack.delete(second)).isTrue();
        }
    }

    @Test
    void shouldListManyEntriesWhenADumpHasManyParts() throws IOException {
        try (ConntrackNetlink conntrack = namespaces.create().call(ConntrackNetlink::open)) {
            for (int port = 1; port <= 2000; port++) {
                conntrack.create(udp("10.0.0.1", port, "10.96.0.10", 53), udp("10.0.0.9", 5353, "10.0.0.1", port), 100);
            }
            assertThat(conntrack.list(IpFamily.IPV4)).hasSize(2000);
        }
    }

    @Test
    void shouldTellOfNewAndDestroyedEntries() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (ConntrackNetlink conntrack = namespace.call(ConntrackNetlink::open);
                ConntrackEvents events = namespace.call(ConntrackEvents::open)) {
            conntrack.create(ORIGINAL, REPLY, 100);
            conntrack.delete(ORIGINAL);
            final List<ConntrackEvent> seen = new ArrayList<>();
            NetlinkSocket.Received received = NetlinkSocket.Received.EVENTS;
            while (seen.size() < 2 && received == NetlinkSocket.Received.EVENTS) {
                received = events.receive(WAIT_MILLIS, seen::add);
            }
            assertThat(seen)
                    .extracting(ConntrackEvent::kind)
                    .containsExactly(ConntrackEvent.Kind.NEW, ConntrackEvent.Kind.DESTROY);
            assertThat(seen)
                    .allSatisfy(event -> assertThat(event.entry().original()).isEqualTo(ORIGINAL));
        }
    }

    @Test
    void shouldSayThatEventsAreSwitchedOff() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        namespace.call(() -> Sysctl.apply(List.of(Sysctl.must("net.netfilter.nf_conntrack_events", "0"))));
        assertThatThrownBy(() -> namespace.call(ConntrackEvents::open))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("net.netfilter.nf_conntrack_events is 0");
    }

    @Test
    void shouldEndTheWaitForEventsWhenClosed() throws Exception {
        final ConntrackEvents events = namespaces.create().call(ConntrackEvents::open);
        final Thread closer = Thread.ofPlatform().start(events::close);
        NetlinkSocket.Received received = NetlinkSocket.Received.NOTHING;
        while (received == NetlinkSocket.Received.NOTHING) {
            received = events.receive(WAIT_MILLIS, _ -> {});
        }
        assertThat(received).isEqualTo(NetlinkSocket.Received.CLOSED);
        closer.join();
    }

    @Test
    void shouldDumpEntriesOfBothFamilies() throws IOException {
        final NetworkNamespace place = namespaces.create();
        try (ConntrackNetlink conntrack = place.call(ConntrackNetlink::open)) {
            conntrack.create(ORIGINAL, REPLY, 100);
            conntrack.create(ORIGINAL6, REPLY6, 100);
            try (ConntrackDump dump = place.call(ConntrackDump::open)) {
                assertThat(rest(dump)).extracting(ConntrackEntry::original).containsExactly(ORIGINAL, ORIGINAL6);
                assertThat(dump.next()).isEmpty();
            }
        }
    }

    /** Entries are read on demand: an entry deleted before the dump reaches it is not reported. */
    @Test
    void shouldReadNoFurtherThanItIsAskedTo() throws IOException {
        final NetworkNamespace place = namespaces.create();
        try (ConntrackNetlink conntrack = place.call(ConntrackNetlink::open)) {
            for (int port = 1; port <= MANY; port++) {
                conntrack.create(udp("10.0.0.1", port, "10.96.0.10", 53), udp("10.0.0.9", 5353, "10.0.0.1", port), 100);
            }
            try (ConntrackDump dump = place.call(ConntrackDump::open)) {
                assertThat(rest(dump)).hasSize(MANY);
            }
            try (ConntrackDump dump = place.call(ConntrackDump::open)) {
                assertThat(dump.next()).isPresent();
                for (ConntrackEntry entry : conntrack.list(IpFamily.IPV4)) {
                    assertThat(conntrack.delete(entry)).isTrue();
                }
                assertThat(rest(dump)).hasSizeLessThan(MANY / 2);
            }
        }
    }

    private static List<ConntrackEntry> rest(ConntrackDump dump) throws IOException {
        final List<ConntrackEntry> entries = new ArrayList<>();
        for (Optional<ConntrackEntry> next = dump.next(); next.isPresent(); next = dump.next()) {
            entries.add(next.get());
        }
        return entries;
    }
}
