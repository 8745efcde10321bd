package io.pointsman.bench.xdp;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.bpf.Assembler;
import io.pointsman.linux.bpf.BpfMap;
import io.pointsman.linux.bpf.BpfProgram;
import io.pointsman.linux.bpf.Comparison;
import io.pointsman.linux.bpf.Helper;
import io.pointsman.linux.bpf.Label;
import io.pointsman.linux.bpf.MapType;
import io.pointsman.linux.bpf.Register;
import io.pointsman.linux.bpf.Width;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Sends UDP datagrams in Ethernet frames of 60 bytes (64 on a wire, with the checksum), in turn for each flow, as fast as
 * the kernel makes them. Uses the calling thread's network namespace.
 */
final class Generator implements AutoCloseable {
    private static final int FRAME_BYTES = 60;
    private static final int IP = 14;
    private static final int FLOW_BITS = 15; // of the flow number, in the source port; the others are in the address
    private static final int FIRST_PORT = 1 << FLOW_BITS;
    private static final int FIRST_CLIENT = 2; // last byte of the source address

    private final BpfMap next;
    private final BpfProgram program;

    private Generator(BpfMap next, BpfProgram program) {
        this.next = next;
        this.program = program;
    }

    /**
     * Creates a generator.
     *
     * @param flows 1 to 131,072
     * @param destination hardware address as {@code 02:00:00:00:00:01}
     * @param linkIndex the interface to send from
     */
    static Generator open(int flows, String destination, int linkIndex) throws KernelException {
        final BpfMap next = BpfMap.create(MapType.ARRAY, "pmb_next", Integer.BYTES, Integer.BYTES, 1);
        try {
            return new Generator(next, BpfProgram.load("pmb_generator", code(next, flows, destination, linkIndex)));
        } catch (KernelException e) {
            next.close();
            throw e;
        }
    }

    /**
     * Returns a frame from 10.1.0.2 to 10.96.0.10:53 without a UDP checksum. Its IP checksum is right for all flows, as
     * the last bytes of source address and identification have a constant sum.
     */
    private static byte[] frame(String destination) {
        final String text = destination.replace(":", "") + "020000000001" + "0800" + "4500002e10fd00004011" + checksum()
                + "0a010002" + "0a60000a" + "00000035001a0000";
        final byte[] frame = new byte[FRAME_BYTES];
        final byte[] start = HexFormat.of().parseHex(text);
        System.arraycopy(start, 0, frame, 0, start.length);
        return frame;
    }

    private static String checksum() {
        int sum = 0x4500 + 0x002E + 0x10FD + 0x4011 + 0x0A01 + 0x0002 + 0x0A60 + 0x000A;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return "%04x".formatted(~sum & 0xFFFF);
    }

    private static long[] code(BpfMap next, int flows, String destination, int linkIndex) {
        final Label drop = new Label("drop");
        final Label inRange = new Label("in-range");
        final Assembler code = new Assembler()
                .load(Width.WORD, Register.R6, Register.R1, 0)
                .load(Width.WORD, Register.R3, Register.R1, 4)
                .move(Register.R4, Register.R6)
                .add(Register.R4, FRAME_BYTES)
                .jumpIf(Register.R4, Comparison.ABOVE, Register.R3, drop)
                .store(Width.WORD, Register.R10, -4, 0)
                .loadMap(Register.R1, next)
                .move(Register.R2, Register.R10)
                .add(Register.R2, -4)
                .call(Helper.MAP_LOOKUP)
                .jumpIf(Register.R0, Comparison.EQUAL, 0, drop)
                .load(Width.WORD, Register.R7, Register.R0, 0)
                .add(Register.R7, 1)
                .jumpIf(Register.R7, Comparison.BELOW, flows, inRange)
                .move(Register.R7, 0)
                .mark(inRange)
                .store(Width.WORD, Register.R0, 0, Register.R7);
        final ByteBuffer frame = ByteBuffer.wrap(frame(destination)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < FRAME_BYTES; i += Integer.BYTES) {
            code.store(Width.WORD, Register.R6, i, frame.getInt(i));
        }
        return code.move(Register.R8, Register.R7)
                .and(Register.R8, FIRST_PORT - 1)
                .add(Register.R8, FIRST_PORT)
                .store(Width.HALF, Register.R6, IP + 20, Register.R8)
                .shiftRight(Register.R7, FLOW_BITS)
                .add(Register.R7, FIRST_CLIENT)
                .store(Width.BYTE, Register.R6, IP + 15, Register.R7)
                .move(Register.R8, 0xFF)
                .subtract(Register.R8, Register.R7)
                .store(Width.BYTE, Register.R6, IP + 5, Register.R8)
                .move(Register.R1, linkIndex)
                .move(Register.R2, 0)
                .call(Helper.REDIRECT)
                .exit()
                .mark(drop)
                .move(Register.R0, 1)
                .exit()
                .assemble();
    }

    /**
     * Sends this number of datagrams; those for which there is no room on the way are lost. Returns some time after the
     * last.
     */
    void burst(int packets) throws KernelException {
        program.runLive(new byte[FRAME_BYTES], packets);
    }

    @Override
    public void close() {
        program.close();
        next.close();
    }
}
