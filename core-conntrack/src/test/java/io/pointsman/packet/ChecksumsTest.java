package io.pointsman.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Incremental checksums against whole ones. Raw words are little-endian: one's complement does not mind. */
class ChecksumsTest {
    private final Random random = new Random(20_261_123);

    private static int whole(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return Checksums.of(Checksums.sum(memory.address(), bytes.length));
        }
    }

    private byte[] bytes(int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static long word(byte[] bytes, int offset, int length) {
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = word << 8 | (bytes[offset + i] & 0xFF);
        }
        return word;
    }

    @Test
    void shouldSumAsThePlainAlgorithmDoesWhateverTheLength() {
        for (int length = 0; length < 70; length++) {
            final byte[] bytes = bytes(length);
            final int plain = SlowChecksum.internet(bytes, 0, length);
            assertThat(whole(bytes)).as("%d bytes", length).isEqualTo(Integer.reverseBytes(plain) >>> 16);
        }
    }

    @Test
    void shouldComeToTheSameByTheChangeAsOverTheWhole() {
        for (int i = 0; i < 20_000; i++) {
            final byte[] before = bytes(40);
            final byte[] after = before.clone();
            final byte[] change = bytes(14);
            System.arraycopy(change, 0, after, 8, 14);
            int delta = Checksums.delta(word(before, 8, 8), word(after, 8, 8));
            delta = Checksums.add(delta, Checksums.delta((int) word(before, 16, 4), (int) word(after, 16, 4)));
            delta = Checksums.add(delta, Checksums.deltaWord((int) word(before, 20, 2), (int) word(after, 20, 2)));
            assertThat(Checksums.update(whole(before), delta)).isEqualTo(whole(after));
            assertThat(Checksums.update(whole(after), Checksums.inverse(delta))).isEqualTo(whole(before));
        }
    }

    /** RFC 1624, section 4: 0xDD2F, and a word that goes from 0x5555 to 0x3285, come to 0x0000 and not 0xFFFF. */
    @Test
    void shouldComeToZeroWhereRfc1624Says() {
        assertThat(Checksums.update(0xDD2F, Checksums.deltaWord(0x5555, 0x3285)))
                .isZero();
    }

    @Test
    void shouldSayAllOnesForUdpWhereZeroWouldMeanNone() {
        assertThat(Checksums.updateUdp(0xDD2F, Checksums.deltaWord(0x5555, 0x3285)))
                .isEqualTo(0xFFFF);
        assertThat(Checksums.updateUdp(0x1234, Checksums.deltaWord(1, 1))).isEqualTo(0x1234);
    }

    @Test
    void shouldLeaveADamagedChecksumDamagedByAsMuch() {
        final byte[] before = bytes(20);
        final byte[] after = before.clone();
        after[3] ^= 0x55;
        final int damaged = whole(before) ^ 0x0100;
        final int delta = Checksums.deltaWord((int) word(before, 2, 2), (int) word(after, 2, 2));
        assertThat(Checksums.update(damaged, delta)).isNotEqualTo(whole(after));
    }
}
