package io.pointsman.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    private static int crc(byte[] bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Test
    void shouldAgreeWithTheWholeComputationWhenAWordChanges() {
        final Random random = new Random(7);
        for (int size : new int[] {4, 5, 16, 100, 1500, 65535}) {
            final byte[] packet = new byte[size];
            random.nextBytes(packet);
            final int before = crc(packet);
            final ByteBuffer raw = ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN);
            final int word = raw.getInt(0);
            final int changed = random.nextInt();
            raw.putInt(0, word ^ changed);
            assertThat(Crc32c.update(before, changed, size - 4))
                    .as("size %d", size)
                    .isEqualTo(crc(packet));
        }
    }

    @Test
    void shouldAgreeWithTheWholeSumWhenAnyWordsChange() {
        final Random random = new Random(8);
        for (int i = 0; i < 10_000; i++) {
            final long old = random.nextLong();
            final long fresh = i % 3 == 0 ? random.nextLong() & 0xFFFFL : random.nextLong();
            final long rest = random.nextInt() & 0xFFFFL;
            final int before = Checksums.of(Checksums.sum(old) + rest);
            final int after = Checksums.update(before, Checksums.delta(old, fresh));
            final int verified = Checksums.fold(Checksums.sum(fresh) + rest + after);
            assertThat(verified).isEqualTo(0xFFFF);
        }
    }
}
