package io.pointsman.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttributesTest {
    private static final IpAddress IPV4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress IPV6 = IpAddress.parse("2001:db8::1");
    private static final int ROUNDS = 20_000;

    private static NetlinkMessage message(MessageWriter writer) {
        return new NetlinkMessage(writer.finish(7, 0));
    }

    @Test
    void shouldReadBackWhatWasWritten() {
        final MessageWriter writer = new MessageWriter(Arena.ofAuto().allocate(1024, 8)).begin(42, 0);
        writer.u8(1).u8(2).u16(3).u32(4);
        writer.attributeU8(1, 255)
                .attributeU16(2, 65535)
                .attributeU32(3, -2)
                .attributeU64(4, 1L << 40)
                .attributeBe16(5, 0x1234)
                .attributeBe32(6, 0x1234_5678)
                .attributeText(7, "text \u2603")
                .attributeAddress(8, IPV4)
                .attributeAddress(9, IPV6);
        final int nest = writer.beginNested(10);
        writer.attributeText(1, "inside").endNested(nest);
        final NetlinkMessage read = message(writer);
        assertThat(read.type()).isEqualTo(42);
        assertThat(read.sequence()).isEqualTo(7);
        assertThat(read.u8(1)).isEqualTo(2);
        assertThat(read.u16(2)).isEqualTo(3);
        assertThat(read.u32(4)).isEqualTo(4);
        final Attributes attributes = read.attributes(8);
        assertThat(attributes.u8(1, 0)).isEqualTo(255);
        assertThat(attributes.u16(2, 0)).isEqualTo(65535);
        assertThat(attributes.u32(3, 0)).isEqualTo(-2);
        assertThat(attributes.be16(5, 0)).isEqualTo(0x1234);
        assertThat(attributes.be32(6, 0)).isEqualTo(0x1234_5678);
        assertThat(attributes.text(7)).isEqualTo("text \u2603");
        assertThat(attributes.address(8)).contains(IPV4);
        assertThat(attributes.address(9)).contains(IPV6);
        assertThat(attributes.nested(10).text(1)).isEqualTo("inside");
        assertThat(attributes.elements()).hasSize(10);
    }

    @Test
    void shouldCompareInPlace() {
        final MessageWriter writer = new MessageWriter(Arena.ofAuto().allocate(1024, 8)).begin(1, 0);
        writer.attributeBytes(1, new byte[] {7, 8, 9}).attributeText(2, "web");
        final Attributes attributes = message(writer).attributes(0);
        assertThat(attributes.isEqual(1, new byte[] {6, 7, 8, 9}, 1, 3)).isTrue();
        assertThat(attributes.isEqual(1, new byte[] {6, 7, 8, 9}, 0, 3)).isFalse();
        assertThat(attributes.isEqual(1, new byte[] {7, 8, 9}, 0, 2)).isFalse();
        assertThat(attributes.isEqual(3, new byte[0], 0, 0)).isFalse();
        final byte[] run = attributes.bytes();
        assertThat(attributes.isEqual(run)).isTrue();
        assertThat(attributes.isEqual(Arrays.copyOf(run, run.length - 4))).isFalse();
        assertThat(attributes.isEqual(Arrays.copyOf(run, run.length + 4))).isFalse();
        assertThat(run[attributes.at(2)]).isEqualTo((byte) 'w');
        run[attributes.at(2)] = 'W';
        assertThat(attributes.isEqual(run)).isFalse();
        assertThat(attributes.at(3)).isNegative();
    }

    @Test
    void shouldSaySoWhenAnAttributeIsAbsentOrTooShort() {
        final MessageWriter writer = new MessageWriter(Arena.ofAuto().allocate(1024, 8)).begin(1, 0);
        writer.attributeU8(1, 5).attributeBytes(2, new byte[3]);
        final Attributes attributes = message(writer).attributes(0);
        assertThat(attributes.has(3)).isFalse();
        assertThat(attributes.u32(3, 17)).isEqualTo(17);
        assertThat(attributes.u32(1, 17)).isEqualTo(17);
        assertThat(attributes.text(3)).isEmpty();
        assertThat(attributes.bytes(3)).isEmpty();
        assertThat(attributes.address(2)).isEqualTo(Optional.empty());
        assertThat(attributes.nested(3).has(1)).isFalse();
        assertThat(attributes.behind(1, 4).has(1)).isFalse();
        assertThat(message(writer).attributes(4096).has(1)).isFalse();
    }

    /** Whatever the bytes, reading ends, and never outside of them. */
    @Test
    void shouldSurviveAnyBytes() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            final byte[] bytes = new byte[MessageWriter.HEADER_BYTES + random.nextInt(64)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) { // lengths that nearly fit go deeper
                for (int at = MessageWriter.HEADER_BYTES; at + 2 <= bytes.length; at += 4) {
                    bytes[at] = (byte) random.nextInt(bytes.length);
                    bytes[at + 1] = 0;
                }
            }
            final Attributes attributes = new NetlinkMessage(MemorySegment.ofArray(bytes)).attributes(0);
            for (int type = 0; type < 4; type++) {
                final Attributes nested = attributes.nested(type);
                assertThat(attributes.bytes(type).length + nested.elements().size())
                        .as("seed %d", seed)
                        .isLessThanOrEqualTo(2 * bytes.length);
                assertThat(nested.text(type).length()).isLessThanOrEqualTo(bytes.length);
                assertThat(nested.address(type).isPresent() && nested.bytes(type).length < 4)
                        .isFalse();
            }
        }
    }
}
