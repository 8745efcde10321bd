package io.pointsman.packet;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages packets the way that breaks parsers: lengths, counts, kinds and offsets first, then any bit. */
public final class PacketMutator {
    private static final int[] NEXT_HEADERS = {0, 1, 6, 17, 43, 44, 50, 51, 58, 59, 60, 132, 135, 255};
    private static final int[] LENGTHS = {0, 1, 7, 8, 19, 20, 21, 27, 28, 39, 40, 41, 47, 48, 1280, 65535};

    private final Random random;
    private final List<byte[]> seeds;

    /**
     * A source of packets.
     *
     * @param seeds well-formed packets to start from
     */
    public PacketMutator(Random random, List<byte[]> seeds) {
        this.random = random;
        this.seeds = List.copyOf(seeds);
    }

    /** This packet, damaged in one to four places. */
    public byte[] damaged(byte[] packet) {
        byte[] result = packet.clone();
        for (int i = 1 + random.nextInt(4); i > 0 && result.length > 0; i--) {
            result = damage(result);
        }
        return result;
    }

    /** Returns a packet: one in 8 unchanged, one in 8 pure noise, the others damaged in one to four places. */
    public byte[] next() {
        final int kind = random.nextInt(8);
        if (kind == 0) {
            return noise();
        }
        byte[] packet = seeds.get(random.nextInt(seeds.size())).clone();
        for (int i = kind == 1 ? 0 : 1 + random.nextInt(4); i > 0 && packet.length > 0; i--) {
            packet = damage(packet);
        }
        return packet;
    }

    private byte[] noise() {
        final byte[] bytes = new byte[random.nextInt(120)];
        random.nextBytes(bytes);
        if (bytes.length > 0 && random.nextInt(4) != 0) {
            bytes[0] = (byte) (random.nextBoolean() ? 0x40 | random.nextInt(16) : 0x60);
        }
        return bytes;
    }

    private byte[] damage(byte[] packet) {
        final boolean ipv4 = (packet[0] & 0xF0) == 0x40;
        final int transport = Math.min(packet.length - 1, ipv4 ? (packet[0] & 0xF) * 4 : 40);
        switch (random.nextInt(14)) {
            case 0 -> packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> packet[random.nextInt(packet.length)] = (byte) random.nextInt(256);
            case 2 -> {
                return Arrays.copyOf(packet, random.nextInt(packet.length + 1));
            }
            case 3 -> {
                return Arrays.copyOf(packet, packet.length + random.nextInt(64));
            }
            case 4 -> setShort(packet, ipv4 ? 2 : 4, length(packet));
            case 5 -> packet[0] = (byte) ((packet[0] & 0xF0) | random.nextInt(16));
            case 6 -> set(packet, ipv4 ? 9 : 6, NEXT_HEADERS[random.nextInt(NEXT_HEADERS.length)]);
            case 7 -> setShort(packet, 6, ipv4 ? random.nextInt(65536) : (random.nextInt(256) << 8) | 44);
            case 8 -> set(packet, transport, NEXT_HEADERS[random.nextInt(NEXT_HEADERS.length)]);
            case 9 -> set(packet, transport + 1, random.nextInt(256));
            case 10 -> setShort(packet, transport + 4, length(packet));
            case 11 -> set(packet, transport + 12, random.nextInt(256));
            case 12 -> set(packet, transport + 8 + random.nextInt(44), random.nextInt(256)); // what an error quotes
            default -> {
                return spliced(packet, transport);
            }
        }
        return packet;
    }

    /** Appends another packet's tail to this one's header. */
    private byte[] spliced(byte[] packet, int transport) {
        final byte[] other = seeds.get(random.nextInt(seeds.size()));
        final int from = random.nextInt(other.length);
        final byte[] result = Arrays.copyOf(packet, transport + other.length - from);
        System.arraycopy(other, from, result, transport, other.length - from);
        return result;
    }

    private int length(byte[] packet) {
        return switch (random.nextInt(3)) {
            case 0 -> LENGTHS[random.nextInt(LENGTHS.length)];
            case 1 -> packet.length + random.nextInt(9) - 4;
            default -> random.nextInt(65536);
        };
    }

    private static void set(byte[] packet, int offset, int value) {
        if (offset < packet.length) {
            packet[offset] = (byte) value;
        }
    }

    private static void setShort(byte[] packet, int offset, int value) {
        set(packet, offset, value >>> 8);
        set(packet, offset + 1, value);
    }
}
