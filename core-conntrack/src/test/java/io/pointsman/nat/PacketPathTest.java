package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static io.pointsman.testing.Packets.ACK;
import static io.pointsman.testing.Packets.SYN;
import static io.pointsman.testing.Packets.tcp;
import static io.pointsman.testing.Packets.tuple;
import static io.pointsman.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketPathTest {
    private static final String POD = "10.180.1.7";
    private static final String OUTSIDER = "198.51.100.79";
    private static final String VIP = "10.0.170.92";
    private static final String ENDPOINT = "10.180.1.136";

    private final NatEngine engine = Plans.engine(
            EngineConfig.builder().capacity(1000).hashSeed(1).build(),
            rule(Protocol.TCP, VIP, 80).to(endpoint(ENDPOINT, 8080)),
            rule(Protocol.UDP, VIP, 53).to(endpoint(ENDPOINT, 5353)),
            rule(Protocol.SCTP, VIP, 90).to(endpoint(ENDPOINT, 9090)),
            v6(Protocol.TCP, 80, 8080),
            v6(Protocol.UDP, 53, 5353));
    private final NatWorker worker = engine.newWorker();

    private static Rule v6(Protocol protocol, int port, int target) {
        return rule(protocol, "2001:db8:1::92", port).to(endpoint("2001:db8:180::136", target));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /** The packet as it leaves. */
    private byte[] pass(byte[] packet, Verdict expected) {
        final MemorySegment memory = Packets.lend(packet);
        final Verdict verdict = worker.process(memory, 0, packet.length, InputInterface.NONE, 0);
        assertThat(verdict).as("%s", worker.reason()).isEqualTo(expected);
        final byte[] out = Packets.bytes(memory);
        if (expected == Verdict.FORWARD) {
            assertThat(Packets.problems(out)).isEmpty();
            assertThat(out[packet[0] >>> 4 == 4 ? 8 : 7]).as("hops").isEqualTo((byte) 61);
        } else {
            assertThat(out).isEqualTo(packet);
        }
        return out;
    }

    @Test
    void shouldTranslateBothDirectionsOfAPodsConnectionWhenItsSourceIsKept() {
        assertThat(tuple(pass(tcp(POD, 40000, VIP, 80, SYN), Verdict.FORWARD)))
                .isEqualTo("10.180.1.7:40000 > 10.180.1.136:8080");
        assertThat(worker.reason()).isEqualTo(Reason.NEW_FLOW);
        assertThat(tuple(pass(tcp(ENDPOINT, 8080, POD, 40000, SYN | ACK), Verdict.FORWARD)))
                .isEqualTo("10.0.170.92:80 > 10.180.1.7:40000");
        assertThat(tuple(pass(tcp(POD, 40000, VIP, 80, ACK, new byte[33]), Verdict.FORWARD)))
                .isEqualTo("10.180.1.7:40000 > 10.180.1.136:8080");
        assertThat(worker.reason()).isEqualTo(Reason.ESTABLISHED);
        assertThat(engine.flows(0)).singleElement().satisfies(flow -> {
            assertThat(flow.state()).isEqualTo("ESTABLISHED");
            assertThat(flow.packetsOut()).isEqualTo(2);
            assertThat(flow.packetsBack()).isEqualTo(1);
            assertThat(flow.bytesOut()).isEqualTo(40 + 73);
            assertThat(flow.owner()).contains(Plans.name("web", Protocol.TCP));
        });
    }

    @Test
    void shouldMasqueradeWithTheAddressTowardsTheEndpointWhenTheClientIsAnOutsider() {
        assertThat(tuple(pass(tcp(OUTSIDER, 40000, VIP, 80, SYN), Verdict.FORWARD)))
                .isEqualTo("10.180.1.1:40000 > 10.180.1.136:8080");
        assertThat(tuple(pass(tcp(ENDPOINT, 8080, "10.180.1.1", 40000, SYN | ACK), Verdict.FORWARD)))
                .isEqualTo("10.0.170.92:80 > 198.51.100.79:40000");
    }

    @Test
    void shouldMasqueradeHairpinWhenTheClientIsItsOwnEndpoint() {
        assertThat(tuple(pass(tcp(ENDPOINT, 40000, VIP, 80, SYN), Verdict.FORWARD)))
                .isEqualTo("10.180.1.1:40000 > 10.180.1.136:8080");
        assertThat(tuple(pass(tcp(ENDPOINT, 8080, "10.180.1.1", 40000, SYN | ACK), Verdict.FORWARD)))
                .isEqualTo("10.0.170.92:80 > 10.180.1.136:40000");
    }

    @Test
    void shouldTakeAnotherSourcePortWhenTheReplyTupleIsTaken() {
        pass(tcp(OUTSIDER, 40000, VIP, 80, SYN), Verdict.FORWARD);
        final byte[] second = pass(tcp("198.51.100.80", 40000, VIP, 80, SYN), Verdict.FORWARD);
        assertThat(Packets.source(second)).isEqualTo("10.180.1.1");
        final int port = Packets.sourcePort(second);
        assertThat(port).isNotEqualTo(40000).isBetween(1024, 65535);
        assertThat(port).satisfiesAnyOf(p -> assertThat(p).isLessThan(30000), p -> assertThat(p)
                .isGreaterThan(32767));
        assertThat(tuple(pass(tcp(ENDPOINT, 8080, "10.180.1.1", port, SYN | ACK), Verdict.FORWARD)))
                .isEqualTo("10.0.170.92:80 > 198.51.100.80:40000");
    }

    /** Follows Linux: old servers take a port below 1024 as proof of root, and some a port below 512. */
    @ParameterizedTest
    @CsvSource({"1, 1, 511", "511, 1, 511", "512, 600, 1023", "600, 600, 1023", "1023, 600, 1023", "1024, 1024, 65535"})
    void shouldKeepTheClassOfASourcePortWhenItIsTaken(int port, int first, int last) {
        pass(tcp(OUTSIDER, port, VIP, 80, SYN), Verdict.FORWARD);
        pass(udp(OUTSIDER, port, VIP, 53, new byte[] {1}), Verdict.FORWARD);
        for (int client = 80; client < 120; client++) {
            final String from = "198.51.100." + client;
            final byte[] connection = pass(tcp(from, port, VIP, 80, SYN), Verdict.FORWARD);
            assertThat(Packets.sourcePort(connection)).isNotEqualTo(port).isBetween(first, last);
            final byte[] datagram = pass(udp(from, port, VIP, 53, new byte[] {1}), Verdict.FORWARD);
            assertThat(Packets.sourcePort(datagram)).isNotEqualTo(port).isBetween(first, last);
        }
    }

    @Test
    void shouldTranslateUdpAndKeepAnAbsentChecksumAbsent() {
        assertThat(tuple(pass(udp(POD, 1000, VIP, 53, new byte[] {1, 2, 3}), Verdict.FORWARD)))
                .isEqualTo("10.180.1.7:1000 > 10.180.1.136:5353");
        final byte[] bare =
                pass(Packets.udpWithoutChecksum(ENDPOINT, 5353, POD, 1000, new byte[] {4, 5}), Verdict.FORWARD);
        assertThat(tuple(bare)).isEqualTo("10.0.170.92:53 > 10.180.1.7:1000");
        assertThat(Arrays.copyOfRange(bare, 26, 28)).containsOnly(0);
    }

    @Test
    void shouldMendTheChecksumOfSctpWhenPortsChange() {
        for (int size : new int[] {0, 1, 7, 64, 1000}) {
            pass(Packets.sctp(POD, 2000 + size, VIP, 90, 1, new byte[size]), Verdict.FORWARD);
            assertThat(tuple(pass(Packets.sctp(ENDPOINT, 9090, POD, 2000 + size, 2, new byte[size]), Verdict.FORWARD)))
                    .isEqualTo("10.0.170.92:90 > 10.180.1.7:" + (2000 + size));
        }
    }

    @Test
    void shouldTranslateIpv6() {
        assertThat(tuple(pass(tcp("2001:db8:180::7", 40000, "2001:db8:1::92", 80, SYN), Verdict.FORWARD)))
                .isEqualTo("[2001:db8:180::7]:40000 > [2001:db8:180::136]:8080");
        assertThat(tuple(pass(tcp("2001:db8:180::136", 8080, "2001:db8:180::7", 40000, SYN | ACK), Verdict.FORWARD)))
                .isEqualTo("[2001:db8:1::92]:80 > [2001:db8:180::7]:40000");
        assertThat(tuple(pass(udp("2001:db8:9::1", 7, "2001:db8:1::92", 53, new byte[5]), Verdict.FORWARD)))
                .isEqualTo("[2001:db8:240::4]:7 > [2001:db8:180::136]:5353");
        assertThat(tuple(pass(udp("2001:db8:180::136", 5353, "2001:db8:240::4", 7, new byte[5]), Verdict.FORWARD)))
                .isEqualTo("[2001:db8:1::92]:53 > [2001:db8:9::1]:7");
    }

    @Test
    void shouldLeaveAloneWhatIsNotOurs() {
        pass(tcp(POD, 1, "192.0.2.1", 80, SYN), Verdict.PASS);
        pass(tcp(POD, 1, "10.240.0.4", 32122, SYN), Verdict.ADMIT);
        pass(tcp(POD, 1, "10.0.9.9", 80, SYN), Verdict.DROP);
        pass(tcp(OUTSIDER, 1, "127.0.0.1", 80, SYN), Verdict.DROP);
        pass(tcp(POD, 1, VIP, 81, SYN), Verdict.REJECT);
        assertThat(engine.packets(Reason.NOT_OURS)).isEqualTo(1);
        assertThat(engine.packets(Reason.UNKNOWN_CLUSTER_PORT)).isEqualTo(1);
    }

    @Test
    void shouldKeepAFlowOnItsEndpointWhenThePlanChanges() {
        pass(tcp(POD, 40000, VIP, 80, SYN), Verdict.FORWARD);
        Plans.apply(
                engine,
                Plans.plan(1, rule(Protocol.TCP, VIP, 80).to(endpoint(ENDPOINT, 8080))),
                Plans.plan(2, rule(Protocol.TCP, VIP, 80).to(endpoint("10.180.1.200", 8080))));
        pass(tcp(ENDPOINT, 8080, POD, 40000, SYN | ACK), Verdict.FORWARD);
        assertThat(tuple(pass(tcp(POD, 40000, VIP, 80, ACK), Verdict.FORWARD)))
                .isEqualTo("10.180.1.7:40000 > 10.180.1.136:8080");
        assertThat(tuple(pass(tcp(POD, 40001, VIP, 80, SYN), Verdict.FORWARD)))
                .isEqualTo("10.180.1.7:40001 > 10.180.1.200:8080");
    }

    @Test
    void shouldDecideABatchAsItWouldEachPacket() {
        final PacketBatch batch = new PacketBatch(4);
        final byte[][] packets = {
            tcp(POD, 40000, VIP, 80, SYN),
            tcp(POD, 1, VIP, 81, SYN),
            tcp(POD, 40000, VIP, 80, SYN),
            udp("2001:db8:180::7", 7, "2001:db8:1::92", 53, new byte[5])
        };
        final MemorySegment[] memory = Arrays.stream(packets).map(Packets::lend).toArray(MemorySegment[]::new);
        for (int i = 0; i < packets.length; i++) {
            batch.add(memory[i], 0, packets[i].length);
        }
        worker.process(batch, InputInterface.NONE, 0);
        assertThat(batch.verdict(0)).isEqualTo(Verdict.FORWARD);
        assertThat(batch.verdict(1)).isEqualTo(Verdict.REJECT);
        assertThat(batch.answerLength(1)).isEqualTo(40);
        assertThat(batch.verdict(2)).isEqualTo(Verdict.FORWARD);
        assertThat(batch.reason(2)).isEqualTo(Reason.ESTABLISHED);
        assertThat(tuple(Packets.bytes(memory[3]))).isEqualTo("[2001:db8:180::7]:7 > [2001:db8:180::136]:5353");
    }
}
