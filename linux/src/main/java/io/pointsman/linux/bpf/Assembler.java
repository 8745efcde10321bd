package io.pointsman.linux.bpf;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assembles a BPF program, instruction by instruction (RFC 9669). Arithmetic is on 64 bits; immediate values are signed and
 * have 32 bits. Not thread-safe.
 *
 * <p>An instruction that can't be encoded raises {@link IllegalArgumentException} or {@link IllegalStateException} here; the
 * kernel's verifier finds unsafe code when the program is {@linkplain BpfProgram#load loaded}.
 */
public final class Assembler {
    private static final int LOAD = 0x61; // class LDX, mode MEM
    private static final int STORE_IMMEDIATE = 0x62; // class ST
    private static final int STORE = 0x63; // class STX
    private static final int JUMP = 0x05;
    private static final int ARITHMETIC = 0x07; // 64 bits
    private static final int BY_REGISTER = 0x08;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int LOAD_WIDE = 0x18; // two slots
    private static final int MAP_DESCRIPTOR = 1; // BPF_PSEUDO_MAP_FD, in place of a source register

    private final List<Instruction> program = new ArrayList<>();

    /**
     * An instruction slot.
     *
     * @param destination number of a register
     * @param target label that a jump goes to, whose offset is computed at the end
     */
    private record Instruction(
            int code,
            int destination,
            int source,
            int offset,
            int immediate,
            @Nullable Label target) {}

    /** Operation of an arithmetic instruction on its first operand. */
    private enum Operation {
        ADD(0x00),
        SUBTRACT(0x10),
        OR(0x40),
        AND(0x50),
        SHIFT_LEFT(0x60),
        SHIFT_RIGHT(0x70),
        MOVE(0xB0);

        private final int code;

        Operation(int code) {
            this.code = code;
        }
    }

    /** Creates an empty program. */
    public Assembler() {}

    public Assembler move(Register to, Register from) {
        return arithmetic(Operation.MOVE, to, from);
    }

    public Assembler move(Register to, int value) {
        return arithmetic(Operation.MOVE, to, value);
    }

    public Assembler add(Register to, Register other) {
        return arithmetic(Operation.ADD, to, other);
    }

    public Assembler add(Register to, int value) {
        return arithmetic(Operation.ADD, to, value);
    }

    public Assembler subtract(Register to, Register other) {
        return arithmetic(Operation.SUBTRACT, to, other);
    }

    public Assembler and(Register to, int value) {
        return arithmetic(Operation.AND, to, value);
    }

    public Assembler or(Register to, Register other) {
        return arithmetic(Operation.OR, to, other);
    }

    public Assembler shiftLeft(Register to, int bits) {
        return arithmetic(Operation.SHIFT_LEFT, to, bits);
    }

    /** Shifts right; zeros come in from the left. */
    public Assembler shiftRight(Register to, int bits) {
        return arithmetic(Operation.SHIFT_RIGHT, to, bits);
    }

    /** Loads from an address plus an offset, -32768 to 32767; the register's other bits become 0. */
    public Assembler load(Width width, Register to, Register address, int offset) {
        return emit(LOAD | width.code(), to.number(), address.number(), offset, 0, null);
    }

    public Assembler store(Width width, Register address, int offset, Register from) {
        return emit(STORE | width.code(), address.number(), from.number(), offset, 0, null);
    }

    /** Stores a number; a double word's upper half repeats the sign. */
    public Assembler store(Width width, Register address, int offset, int value) {
        return emit(STORE_IMMEDIATE | width.code(), address.number(), 0, offset, value, null);
    }

    /** Loads the reference to a map that helpers take. */
    public Assembler loadMap(Register to, BpfMap map) {
        emit(LOAD_WIDE, to.number(), MAP_DESCRIPTOR, 0, map.fd(), null);
        return emit(0, 0, 0, 0, 0, null);
    }

    public Assembler jump(Label to) {
        return emit(JUMP, 0, 0, 0, 0, to);
    }

    public Assembler jumpIf(Register left, Comparison comparison, Register right, Label to) {
        return emit(JUMP | comparison.code() | BY_REGISTER, left.number(), right.number(), 0, 0, to);
    }

    public Assembler jumpIf(Register left, Comparison comparison, int right, Label to) {
        return emit(JUMP | comparison.code(), left.number(), 0, 0, right, to);
    }

    public Assembler call(Helper helper) {
        return emit(CALL, 0, 0, 0, helper.number(), null);
    }

    /** Ends the program, which returns R0. */
    public Assembler exit() {
        return emit(EXIT, 0, 0, 0, 0, null);
    }

    /** Places a label at the next instruction. */
    public Assembler mark(Label label) {
        if (label.position != Label.NOWHERE) {
            throw new IllegalStateException("label " + label + " is marked twice");
        }
        label.position = program.size();
        return this;
    }

    /**
     * Returns the program for the kernel: one slot of eight bytes per number, first byte lowest.
     *
     * @throws IllegalStateException when a jump goes to a label that is not placed, or too far
     */
    public long[] assemble() {
        final long[] code = new long[program.size()];
        for (int i = 0; i < code.length; i++) {
            final Instruction one = program.get(i);
            final int offset = one.target == null ? one.offset : distance(i, one.target);
            code[i] = one.code
                    | (long) one.destination << 8
                    | (long) one.source << 12
                    | (offset & 0xFFFFL) << 16
                    | (long) one.immediate << 32;
        }
        return code;
    }

    private int distance(int from, Label to) {
        final int distance = to.position - from - 1;
        if (to.position == Label.NOWHERE || to.position >= program.size()) {
            throw new IllegalStateException("no instruction is marked with label " + to);
        }
        if (distance != (short) distance) {
            throw new IllegalStateException(
                    "label " + to + " is " + distance + " instructions away, too far for a jump");
        }
        return distance;
    }

    private Assembler arithmetic(Operation operation, Register to, Register other) {
        return emit(ARITHMETIC | operation.code | BY_REGISTER, to.number(), other.number(), 0, 0, null);
    }

    private Assembler arithmetic(Operation operation, Register to, int value) {
        return emit(ARITHMETIC | operation.code, to.number(), 0, 0, value, null);
    }

    private Assembler emit(int code, int destination, int source, int offset, int immediate, @Nullable Label target) {
        if (offset != (short) offset) {
            throw new IllegalArgumentException("offset " + offset + " does not fit 16 bits");
        }
        program.add(new Instruction(code, destination, source, offset, immediate, target));
        return this;
    }
}
