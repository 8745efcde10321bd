package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static io.pointsman.testing.Packets.SYN;
import static io.pointsman.testing.Packets.icmpError;
import static io.pointsman.testing.Packets.quoted;
import static io.pointsman.testing.Packets.tcp;
import static io.pointsman.testing.Packets.tuple;
import static io.pointsman.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IcmpErrorTest {
    private static final String OUTSIDER = "198.51.100.79";
    private static final String VIP = "10.0.170.92";
    private static final String ENDPOINT = "10.180.1.136";
    private static final String GATEWAY = "10.180.1.1";

    private final NatEngine engine = Plans.engine(
            EngineConfig.builder().capacity(100).build(),
            rule(Protocol.TCP, VIP, 80).to(endpoint(ENDPOINT, 8080)),
            rule(Protocol.UDP, VIP, 53).to(endpoint(ENDPOINT, 5353)),
            rule(Protocol.UDP, "2001:db8:1::92", 53).to(endpoint("2001:db8:180::136", 5353)));
    private final NatWorker worker = engine.newWorker();

    @AfterEach
    void close() {
        engine.close();
    }

    private byte[] pass(byte[] packet, Verdict expected) {
        final MemorySegment memory = Packets.lend(packet);
        assertThat(worker.process(memory, 0, packet.length, InputInterface.NONE, 0))
                .isEqualTo(expected);
        final byte[] out = Packets.bytes(memory);
        assertThat(Packets.problems(out)).isEmpty();
        return out;
    }

    @Test
    void shouldTellTheClientInItsOwnWordsWhenTheWayToTheEndpointIsTooNarrow() {
        final byte[] forwarded = pass(tcp(OUTSIDER, 40000, VIP, 80, SYN, new byte[300]), Verdict.FORWARD);
        assertThat(tuple(forwarded)).isEqualTo("10.180.1.1:40000 > 10.180.1.136:8080");
        for (int size : new int[] {28, 36, 40, 548}) {
            final byte[] error = pass(icmpError(3, 4, ENDPOINT, GATEWAY, forwarded, size), Verdict.FORWARD);
            assertThat(worker.reason()).isEqualTo(Reason.RELATED);
            assertThat(Packets.source(error)).isEqualTo(VIP);
            assertThat(Packets.destination(error)).isEqualTo(OUTSIDER);
            assertThat(tuple(quoted(error))).isEqualTo("198.51.100.79:40000 > 10.0.170.92:80");
        }
    }

    @Test
    void shouldTellTheEndpointInItsOwnWordsWhenTheClientIsUnreachable() {
        pass(udp(OUTSIDER, 4000, VIP, 53, new byte[20]), Verdict.FORWARD);
        final byte[] answer = pass(udp(ENDPOINT, 5353, GATEWAY, 4000, new byte[30]), Verdict.FORWARD);
        final byte[] error = pass(icmpError(3, 3, OUTSIDER, VIP, answer, 28), Verdict.FORWARD);
        assertThat(Packets.source(error)).isEqualTo(GATEWAY);
        assertThat(Packets.destination(error)).isEqualTo(ENDPOINT);
        assertThat(tuple(quoted(error))).isEqualTo("10.180.1.136:5353 > 10.180.1.1:4000");
    }

    @Test
    void shouldTranslateIcmpv6TooBigAndItsPseudoHeader() {
        final byte[] forwarded = pass(udp("2001:db8:9::1", 9, "2001:db8:1::92", 53, new byte[64]), Verdict.FORWARD);
        final byte[] error =
                pass(icmpError(2, 0, "2001:db8:180::136", "2001:db8:240::4", forwarded, 90), Verdict.FORWARD);
        assertThat(Packets.source(error)).isEqualTo("2001:db8:1::92");
        assertThat(Packets.destination(error)).isEqualTo("2001:db8:9::1");
        assertThat(tuple(quoted(error))).isEqualTo("[2001:db8:9::1]:9 > [2001:db8:1::92]:53");
    }

    @Test
    void shouldLeaveErrorsAloneThatAreForgedOrAboutNoFlow() {
        final byte[] stranger = udp(GATEWAY, 1, "192.0.2.1", 2, new byte[4]);
        pass(icmpError(3, 3, "192.0.2.1", GATEWAY, stranger, 28), Verdict.PASS);
        final byte[] forwarded = pass(udp(OUTSIDER, 4000, VIP, 53, new byte[20]), Verdict.FORWARD);
        pass(icmpError(3, 3, ENDPOINT, "10.180.1.99", forwarded, 28), Verdict.PASS);
        pass(icmpError(3, 3, OUTSIDER, VIP, stranger, 28), Verdict.DROP);
        assertThat(worker.reason()).isEqualTo(Reason.ICMP_UNRELATED);
    }

    /** Cuts an IPv4 fragment from a whole packet; offset and length in bytes of payload. */
    private static byte[] fragment(byte[] whole, int offset, int length, boolean more) {
        final byte[] fragment = Arrays.copyOf(whole, 20 + length);
        System.arraycopy(whole, 20 + offset, fragment, 20, length);
        fragment[2] = (byte) ((20 + length) >>> 8);
        fragment[3] = (byte) (20 + length);
        fragment[6] = (byte) ((more ? 0x20 : 0) | (offset >>> 11));
        fragment[7] = (byte) (offset >>> 3);
        fragment[10] = 0;
        fragment[11] = 0;
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += ((fragment[i] & 0xFF) << 8) + (fragment[i + 1] & 0xFF);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = ~((sum & 0xFFFF) + (sum >>> 16));
        fragment[10] = (byte) (sum >>> 8);
        fragment[11] = (byte) sum;
        return fragment;
    }

    private byte[] passFragment(byte[] fragment, Verdict expected) {
        final MemorySegment memory = Packets.lend(fragment);
        assertThat(worker.process(memory, 0, fragment.length, InputInterface.NONE, 0))
                .isEqualTo(expected);
        return Packets.bytes(memory);
    }

    @Test
    void shouldSendLaterFragmentsAfterTheFirstSoThatTheWholeIsRight() {
        final byte[] whole = udp(OUTSIDER, 4000, VIP, 53, new byte[100]);
        assertThat(passFragment(fragment(whole, 48, 60, false), Verdict.DROP)).isNotNull();
        assertThat(worker.reason()).isEqualTo(Reason.FRAGMENT_ORPHAN);
        final byte[] first = passFragment(fragment(whole, 0, 48, true), Verdict.FORWARD);
        final byte[] second = passFragment(fragment(whole, 48, 60, false), Verdict.FORWARD);
        assertThat(worker.reason()).isEqualTo(Reason.FRAGMENT);
        final byte[] expected = pass(whole, Verdict.FORWARD);
        final byte[] payload = Arrays.copyOf(Arrays.copyOfRange(first, 20, 68), 108);
        System.arraycopy(second, 20, payload, 48, 60);
        assertThat(payload).isEqualTo(Arrays.copyOfRange(expected, 20, expected.length));
        assertThat(Packets.destination(second)).isEqualTo(ENDPOINT);
        assertThat(fragment(expected, 48, 60, false)).isEqualTo(second);
    }
}
