package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.plan.Action;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pings to VIPs, and errors about them. */
class EchoTest {
    private static final String OUTSIDER = "198.51.100.79";
    private static final String POD = "10.180.1.7";
    private static final String VIP = "10.0.170.92";
    private static final String ENDPOINT = "10.180.1.136";
    private static final String GATEWAY = "10.180.1.1";
    private static final long SECOND = 1_000_000_000L;
    private static final EngineConfig CONFIG = EngineConfig.builder()
            .capacity(100)
            .set(EngineConfig.Option.FORWARDS_ECHOES, true)
            .snatPorts(new PortRange(2000, 2003), new PortRange(2001, 2001))
            .build();

    private final NatEngine engine = Plans.engine(
            CONFIG,
            rule(Protocol.UDP, VIP, 53).to(endpoint("10.180.1.200", 5353)),
            rule(Protocol.TCP, VIP, 22).to(endpoint(ENDPOINT, 8080)),
            rule(Protocol.TCP, "2001:db8:1::92", 80).to(endpoint("2001:db8:180::136", 8080)),
            rule(Protocol.TCP, "10.0.170.93", 80).does(Action.REJECT, Action.DROP, Action.DROP));
    private final NatWorker worker = engine.newWorker();

    @AfterEach
    void close() {
        engine.close();
    }

    private static byte[] echo(String from, String to, boolean isRequest, int identifier) {
        return PacketBuilder.ip(from, to)
                .echo(isRequest, identifier, 3)
                .payload(new byte[57])
                .build();
    }

    private byte[] pass(byte[] packet, Verdict expected, long nowNanos) {
        final MemorySegment memory = Packets.lend(packet);
        assertThat(worker.process(memory, 0, packet.length, InputInterface.NONE, nowNanos))
                .as(worker.reason().words())
                .isEqualTo(expected);
        final byte[] out = Packets.bytes(memory);
        assertThat(ChecksumVerifier.problems(out)).isEmpty();
        if (expected != Verdict.FORWARD) {
            assertThat(out).isEqualTo(packet);
        }
        return out;
    }

    private byte[] pass(byte[] packet, Verdict expected) {
        return pass(packet, expected, 0);
    }

    /** {@code from > to type identifier}. */
    private static String words(byte[] packet) {
        final int at = packet[0] >>> 4 == 4 ? 20 : 40;
        return Packets.source(packet) + " > " + Packets.destination(packet) + " " + (packet[at] & 0xFF) + " "
                + (ByteBuffer.wrap(packet).getShort(at + 4) & 0xFFFF);
    }

    @Test
    void shouldTakeAPingThereAndBackByTheFirstRuleOfItsVip() {
        assertThat(words(pass(echo(POD, VIP, true, 77), Verdict.FORWARD))).isEqualTo(POD + " > " + ENDPOINT + " 8 77");
        assertThat(worker.reason()).isEqualTo(Reason.NEW_FLOW);
        assertThat(words(pass(echo(ENDPOINT, POD, false, 77), Verdict.FORWARD))).isEqualTo(VIP + " > " + POD + " 0 77");
        pass(echo(POD, VIP, true, 77), Verdict.FORWARD);
        assertThat(worker.reason()).isEqualTo(Reason.ESTABLISHED);
        assertThat(engine.trackedFlows()).isEqualTo(1);
    }

    @Test
    void shouldMasqueradeAndKeepIdentifiersApartUntilNoneIsLeft() {
        assertThat(words(pass(echo(OUTSIDER, VIP, true, 77), Verdict.FORWARD)))
                .isEqualTo(GATEWAY + " > " + ENDPOINT + " 8 77");
        final List<String> identifiers = new ArrayList<>();
        for (int client = 1; client <= 3; client++) {
            final String pinger = "198.51.100." + client;
            final byte[] out = pass(echo(pinger, VIP, true, 77), Verdict.FORWARD);
            final int identifier = ByteBuffer.wrap(out).getShort(24) & 0xFFFF;
            identifiers.add(Integer.toString(identifier));
            assertThat(words(pass(echo(ENDPOINT, GATEWAY, false, identifier), Verdict.FORWARD)))
                    .isEqualTo(VIP + " > " + pinger + " 0 77");
        }
        assertThat(identifiers).containsExactlyInAnyOrder("2000", "2002", "2003");
        pass(echo("198.51.100.4", VIP, true, 77), Verdict.DROP);
        assertThat(worker.reason()).isEqualTo(Reason.SNAT_EXHAUSTED);
        assertThat(EngineInvariants.problems(engine)).isEmpty();
    }

    @Test
    void shouldTranslateIcmpv6EchoesAndTheirPseudoHeader() {
        assertThat(words(pass(echo("2001:db8:9::1", "2001:db8:1::92", true, 9), Verdict.FORWARD)))
                .isEqualTo("2001:db8:240::4 > 2001:db8:180::136 128 9");
        assertThat(words(pass(echo("2001:db8:180::136", "2001:db8:240::4", false, 9), Verdict.FORWARD)))
                .isEqualTo("2001:db8:1::92 > 2001:db8:9::1 129 9");
        final byte[] other = pass(echo("2001:db8:9::2", "2001:db8:1::92", true, 9), Verdict.FORWARD);
        final int identifier = ByteBuffer.wrap(other).getShort(44) & 0xFFFF;
        assertThat(identifier).isNotEqualTo(9);
        assertThat(words(pass(echo("2001:db8:180::136", "2001:db8:240::4", false, identifier), Verdict.FORWARD)))
                .isEqualTo("2001:db8:1::92 > 2001:db8:9::2 129 9");
    }

    @Test
    void shouldForgetAPingThirtySecondsAfterItsLastPacket() {
        pass(echo(POD, VIP, true, 1), Verdict.FORWARD, 0);
        pass(echo(ENDPOINT, POD, false, 1), Verdict.FORWARD, 29 * SECOND);
        pass(echo(POD, VIP, true, 1), Verdict.FORWARD, 58 * SECOND);
        assertThat(worker.reason()).isEqualTo(Reason.ESTABLISHED);
        assertThat(engine.sweep(1 << 20, 87 * SECOND)).isZero();
        assertThat(engine.sweep(1 << 20, 89 * SECOND)).isEqualTo(1);
    }

    @Test
    void shouldLeaveAPingBackAlone() {
        pass(echo(POD, VIP, true, 5), Verdict.FORWARD);
        pass(echo(ENDPOINT, POD, true, 5), Verdict.PASS);
        pass(echo(POD, ENDPOINT, false, 5), Verdict.PASS);
        pass(echo(POD, VIP, false, 5), Verdict.REJECT);
    }

    @Test
    void shouldMeetTheRulesActionWhenItDoesNotForward() {
        pass(echo(POD, "10.0.170.93", true, 5), Verdict.REJECT);
        assertThat(worker.reason()).isEqualTo(Reason.RULE_REJECT);
        assertThat(worker.answerLength()).isPositive();
        pass(echo(OUTSIDER, "10.0.170.93", true, 5), Verdict.DROP);
        pass(echo(POD, "10.0.9.9", true, 5), Verdict.DROP);
        pass(echo(POD, "192.0.2.1", true, 5), Verdict.PASS);
    }

    @Test
    void shouldRejectPingsToClusterAddressesUnlessToldToForwardThem() {
        try (NatEngine plain = Plans.engine(
                EngineConfig.builder().capacity(10).build(),
                rule(Protocol.TCP, VIP, 22).to(endpoint(ENDPOINT, 8080)))) {
            final byte[] ping = echo(POD, VIP, true, 5);
            final NatWorker other = plain.newWorker();
            assertThat(other.process(Packets.lend(ping), 0, ping.length, InputInterface.NONE, 0))
                    .isEqualTo(Verdict.REJECT);
            assertThat(other.reason()).isEqualTo(Reason.UNKNOWN_CLUSTER_PORT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "198.51.100.79, 10.0.170.92, 10.180.1.136, 10.180.1.1",
        "2001:db8:9::1, 2001:db8:1::92, 2001:db8:180::136, 2001:db8:240::4"
    })
    void shouldTranslateErrorsAboutPings(String client, String vip, String endpoint, String egress) {
        final boolean ipv4 = client.indexOf(':') < 0;
        pass(echo(client.replaceFirst("79$|1$", "3"), vip, true, 40), Verdict.FORWARD); // takes the identifier
        final byte[] request = pass(echo(client, vip, true, 40), Verdict.FORWARD);
        for (int size : new int[] {ipv4 ? 28 : 48, 500}) {
            final byte[] tooBig = pass(
                    Packets.icmpError(ipv4 ? 3 : 2, ipv4 ? 4 : 0, endpoint, egress, request, size), Verdict.FORWARD);
            assertThat(worker.reason()).isEqualTo(Reason.RELATED);
            assertThat(Packets.source(tooBig) + " > " + Packets.destination(tooBig))
                    .isEqualTo(vip + " > " + client);
            assertThat(words(Packets.quoted(tooBig))).isEqualTo(client + " > " + vip + (ipv4 ? " 8 40" : " 128 40"));
        }
        final int identifier = ByteBuffer.wrap(request).getShort(ipv4 ? 24 : 44) & 0xFFFF;
        final byte[] reply = pass(echo(endpoint, egress, false, identifier), Verdict.FORWARD);
        final byte[] unreachable = pass(Packets.icmpError(ipv4 ? 3 : 1, 1, client, vip, reply, 500), Verdict.FORWARD);
        assertThat(words(Packets.quoted(unreachable)))
                .isEqualTo(endpoint + " > " + egress + (ipv4 ? " 0 " : " 129 ") + identifier);
    }

    @Test
    void shouldNotTakeAnErrorAboutTheOtherWaysPingForItsOwn() {
        pass(echo(POD, VIP, true, 5), Verdict.FORWARD);
        final byte[] backwards = echo(POD, ENDPOINT, false, 5); // a reply nobody asked for, quoted
        pass(Packets.icmpError(3, 1, ENDPOINT, POD, backwards, 28), Verdict.PASS);
    }
}
