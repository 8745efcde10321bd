package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments inside and outside of their windows, if windows are checked. {@link PacketBuilder} offers 65,000 bytes. */
class TcpWindowTest {
    private static final String POD = "10.180.1.7";
    private static final String VIP = "10.0.170.92";
    private static final String ENDPOINT = "10.180.1.136";
    private static final Rule WEB = rule(Protocol.TCP, VIP, 80).to(endpoint(ENDPOINT, 8080));
    private static final int WINDOW = 65_000;
    private static final int SYN = PacketBuilder.SYN;
    private static final int ACK = PacketBuilder.ACK;

    private final NatEngine engine = Plans.engine(
            EngineConfig.builder()
                    .capacity(100)
                    .set(EngineConfig.Option.TCP_BE_LIBERAL, false)
                    .build(),
            WEB);
    private final NatWorker worker = engine.newWorker();

    @AfterEach
    void close() {
        engine.close();
    }

    private static byte[] fromClient(int flags, int sequence, int acknowledgment, int data) {
        return PacketBuilder.ip(POD, VIP)
                .tcp(40_000, 80, flags, sequence, acknowledgment)
                .payload(new byte[data])
                .build();
    }

    private static byte[] fromServer(int flags, int sequence, int acknowledgment, int data) {
        return PacketBuilder.ip(ENDPOINT, POD)
                .tcp(8080, 40_000, flags, sequence, acknowledgment)
                .payload(new byte[data])
                .build();
    }

    private void expect(Verdict verdict, byte[] packet) {
        assertThat(worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0))
                .as(worker.reason().words())
                .isEqualTo(verdict);
        if (verdict == Verdict.INVALID) {
            assertThat(worker.reason()).isEqualTo(Reason.TCP_WINDOW);
        }
    }

    /** Client from one number, server from the other. */
    private void open(int client, int server) {
        expect(Verdict.FORWARD, fromClient(SYN, client, 0, 0));
        expect(Verdict.FORWARD, fromServer(SYN | ACK, server, client + 1, 0));
        expect(Verdict.FORWARD, fromClient(ACK, client + 1, server + 1, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, -1_000, Integer.MAX_VALUE - 500})
    void shouldLetDataThroughAsFarAsTheReceiverOffered(int client) {
        open(client, 9_000_000);
        final int first = client + 1;
        expect(Verdict.FORWARD, fromClient(ACK, first, 9_000_001, 1_400));
        expect(Verdict.FORWARD, fromClient(ACK, first + WINDOW - 100, 9_000_001, 100)); // the last it may send
        expect(Verdict.FORWARD, fromClient(ACK, first, 9_000_001, 1_400)); // again
        expect(Verdict.INVALID, fromClient(ACK, first + WINDOW + 1, 9_000_001, 100));
        expect(Verdict.FORWARD, fromServer(ACK, 9_000_001, first + WINDOW, 0)); // all received, and as much more wanted
        expect(Verdict.FORWARD, fromClient(ACK, first + WINDOW + 1, 9_000_001, 100));
    }

    @Test
    void shouldCallInvalidWhatIsLongPastOrAcknowledgesTheFuture() {
        open(1_000, 2_000);
        for (int i = 0; i < 10; i++) {
            expect(Verdict.FORWARD, fromClient(ACK, 1_001 + i * 60_000, 2_001, 1_400));
            expect(Verdict.FORWARD, fromServer(ACK, 2_001, 1_001 + (i + 1) * 60_000 - 58_600, 0));
        }
        expect(Verdict.INVALID, fromClient(ACK, 1_001, 2_001, 1_400));
        expect(Verdict.INVALID, fromServer(ACK, 2_001, 5_000_000, 0));
        expect(Verdict.INVALID, fromServer(ACK, 2_001, 1_001, 0)); // too old an acknowledgment
    }

    @Test
    void shouldNotLetAStrangerResetTheConnectionBlindly() {
        open(1_000, 2_000);
        expect(Verdict.INVALID, fromServer(PacketBuilder.RST, 900_000_000, 0, 0));
        expect(Verdict.FORWARD, fromClient(ACK, 1_001, 2_001, 10));
        expect(Verdict.FORWARD, fromServer(PacketBuilder.RST, 2_001, 0, 0));
    }

    @Test
    void shouldScaleWindowsOnlyWhenBothSidesSaySo() {
        openScaled(true);
        expect(Verdict.FORWARD, fromServer(ACK, 2_001, 1_001, 0)); // 65,000 * 16 from now on
        expect(Verdict.FORWARD, fromClient(ACK, 1_001 + 16 * WINDOW - 100, 2_001, 100));
        expect(Verdict.INVALID, fromClient(ACK, 1_001 + 16 * WINDOW + 200, 2_001, 100));
    }

    @Test
    void shouldTakeWindowsAsTheyAreWhenOneSideDoesNotScale() {
        openScaled(false);
        expect(Verdict.FORWARD, fromServer(ACK, 2_001, 1_001, 0));
        expect(Verdict.INVALID, fromClient(ACK, 1_001 + 2 * WINDOW, 2_001, 100));
    }

    private void openScaled(boolean both) {
        expect(Verdict.FORWARD, scaled(fromClient(SYN, 1_000, 0, 0), 7));
        final byte[] answer = fromServer(SYN | ACK, 2_000, 1_001, 0);
        expect(Verdict.FORWARD, both ? scaled(answer, 4) : answer);
        expect(Verdict.FORWARD, fromClient(ACK, 1_001, 2_001, 0));
    }

    /** The segment's size option becomes a window scale; the checksum stays wrong, which is the receiver's business. */
    private static byte[] scaled(byte[] syn, int scale) {
        final byte[] packet = syn.clone();
        System.arraycopy(new byte[] {1, 3, 3, (byte) scale}, 0, packet, 40, 4);
        return packet;
    }

    @Test
    void shouldNotJudgeConnectionsItPicksUpInTheirMiddle() {
        expect(Verdict.FORWARD, fromClient(ACK, 1_000, 2_000, 100));
        expect(Verdict.FORWARD, fromServer(ACK, 70_000_000, 1_100, 100));
        expect(Verdict.FORWARD, fromClient(ACK, 90_000_000, 2_000, 100));
    }

    @Test
    void shouldStartOverWhenASynComesAgainWithAnotherNumber() {
        expect(Verdict.FORWARD, fromClient(SYN, 1_000, 0, 0));
        expect(Verdict.FORWARD, fromClient(SYN, 700_000, 0, 0));
        expect(Verdict.FORWARD, fromServer(SYN | ACK, 2_000, 700_001, 0));
        expect(Verdict.FORWARD, fromClient(ACK, 700_001, 2_001, 0));
    }

    @Test
    void shouldSurviveOptionsThatLie() {
        final byte[][] lies = {{3, 3, 7, 3}, {3, 0, 0, 0}, {1, 1, 1, 3}, {2, 40, 0, 0}, {0, 3, 3, 7}};
        for (int i = 0; i < lies.length; i++) {
            final byte[] syn =
                    PacketBuilder.ip(POD, VIP).tcp(50_000 + i, 80, SYN).build();
            System.arraycopy(lies[i], 0, syn, 40, 4);
            assertThat(worker.process(Packets.lend(syn), 0, syn.length, InputInterface.NONE, 0))
                    .as(Arrays.toString(lies[i]))
                    .isEqualTo(Verdict.FORWARD);
        }
    }

    @Test
    void shouldLetEverythingThroughWhenToldToBeLiberal() {
        try (NatEngine liberal =
                Plans.engine(EngineConfig.builder().capacity(10).build(), WEB)) {
            final NatWorker other = liberal.newWorker();
            for (byte[] packet : new byte[][] {
                fromClient(SYN, 1_000, 0, 0),
                fromServer(SYN | ACK, 2_000, 1_001, 0),
                fromClient(ACK, 1_001, 2_001, 0),
                fromClient(ACK, 900_000_000, 5, 0)
            }) {
                assertThat(other.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0))
                        .isEqualTo(Verdict.FORWARD);
            }
        }
    }
}
