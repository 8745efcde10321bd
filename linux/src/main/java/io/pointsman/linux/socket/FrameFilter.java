package io.pointsman.linux.socket;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Filter for the Ethernet frames of a capture, a classic BPF program that runs in the kernel
 * (Documentation/networking/filter.rst): dropped frames cost the reader nothing.
 */
public final class FrameFilter {
    /** Every frame. */
    public static final FrameFilter NONE = new FrameFilter(List.of());

    /** First packets of TCP connections: SYN without ACK, over IPv4 or over IPv6 without extension headers. */
    public static final FrameFilter TCP_SYN = new FrameFilter(List.of(
            new Instruction(0x28, 0, 0, 12), //  0 half word: EtherType
            new Instruction(0x15, 0, 7, 0x0800), //  1 IPv4, or 9
            new Instruction(0x30, 0, 0, 14 + 9), //  2 byte: protocol
            new Instruction(0x15, 0, 11, 6), //  3 TCP, or 15
            new Instruction(0x28, 0, 0, 14 + 6), //  4 half word: flags and fragment offset
            new Instruction(0x45, 9, 0, 0x1FFF), //  5 not the first fragment: 15
            new Instruction(0xB1, 0, 0, 14), //  6 X = bytes of the IPv4 header
            new Instruction(0x50, 0, 0, 14 + 13), //  7 byte: flags of TCP, behind it
            new Instruction(0x05, 0, 0, 4), //  8 to 13
            new Instruction(0x15, 0, 5, 0x86DD), //  9 IPv6, or 15
            new Instruction(0x30, 0, 0, 14 + 6), // 10 byte: next header
            new Instruction(0x15, 0, 3, 6), // 11 TCP, or 15
            new Instruction(0x30, 0, 0, 14 + 40 + 13), // 12 byte: flags of TCP
            new Instruction(0x54, 0, 0, 0x12), // 13 of them SYN and ACK
            new Instruction(0x15, 1, 0, 0x02), // 14 only SYN: 16
            new Instruction(0x06, 0, 0, 0), // 15 leave it out
            new Instruction(0x06, 0, 0, 0xFFFF))); // 16 copy it

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int INSTRUCTION_BYTES = 8; // struct sock_filter
    private static final int PROGRAM_BYTES = 16; // struct sock_fprog: length, then the address of the first

    private final List<Instruction> program;

    /**
     * An instruction.
     *
     * @param jumpTrue number of instructions to skip if a comparison holds
     * @param jumpFalse number of instructions to skip if it does not
     * @param operand an offset in the frame, a value to compare with, or bytes to copy
     */
    private record Instruction(int code, int jumpTrue, int jumpFalse, int operand) {}

    private FrameFilter(List<Instruction> program) {
        this.program = List.copyOf(program);
    }

    /**
     * Attaches the filter to a packet socket. To be called before the socket is bound, so that no frame passes unfiltered.
     */
    void attach(int fd) throws KernelException {
        if (program.isEmpty()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment code = arena.allocate((long) program.size() * INSTRUCTION_BYTES, Integer.BYTES);
            for (int i = 0; i < program.size(); i++) {
                final Instruction one = program.get(i);
                final long offset = (long) i * INSTRUCTION_BYTES;
                code.set(ValueLayout.JAVA_SHORT, offset, (short) one.code());
                code.set(ValueLayout.JAVA_BYTE, offset + 2, (byte) one.jumpTrue());
                code.set(ValueLayout.JAVA_BYTE, offset + 3, (byte) one.jumpFalse());
                code.set(ValueLayout.JAVA_INT, offset + 4, one.operand());
            }
            final MemorySegment whole = arena.allocate(PROGRAM_BYTES, Long.BYTES);
            whole.set(ValueLayout.JAVA_SHORT, 0, (short) program.size());
            whole.set(ValueLayout.ADDRESS, 8, code);
            SocketCalls.setOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, whole, "SO_ATTACH_FILTER");
        }
    }
}
