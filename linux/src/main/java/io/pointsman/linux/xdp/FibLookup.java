package io.pointsman.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.bpf.Assembler;
import io.pointsman.linux.bpf.BpfProgram;
import io.pointsman.linux.bpf.Comparison;
import io.pointsman.linux.bpf.Helper;
import io.pointsman.linux.bpf.Label;
import io.pointsman.linux.bpf.Register;
import io.pointsman.linux.bpf.Width;
import io.pointsman.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Asks the kernel where it would forward a packet, by its current rules, routes and neighbours; nothing is cached here. Each
 * question runs a program that only calls bpf_fib_lookup, which takes some microseconds. For the network namespace of the
 * thread that asks; one thread at a time.
 */
public final class FibLookup implements AutoCloseable {
    private static final int PARAMETER_BYTES = 64; // struct bpf_fib_lookup
    private static final int LINK = 8; // offsets in the structure
    private static final int SOURCE = 16;
    private static final int DESTINATION = 32;
    private static final int OWN_ADDRESS = 52;
    private static final int NEIGHBOUR_ADDRESS = 58;
    private static final int FOUND = 0; // BPF_FIB_LKUP_RET_SUCCESS
    private static final int FAILED = -1;

    private final BpfProgram program;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment parameters = arena.allocate(PARAMETER_BYTES, Long.BYTES);

    private FibLookup(BpfProgram program) {
        this.program = program;
    }

    /** Loads the program. */
    public static FibLookup open() throws KernelException {
        return new FibLookup(BpfProgram.load("pm_fib", code()));
    }

    /**
     * Code of the program: copies the parameters from the frame to the stack, calls the helper, and copies its result back.
     */
    private static long[] code() {
        final Label refuse = new Label("refuse");
        final Assembler code = new Assembler()
                .move(Register.R6, Register.R1)
                .load(Width.WORD, Register.R7, Register.R1, 0)
                .load(Width.WORD, Register.R3, Register.R1, 4)
                .move(Register.R4, Register.R7)
                .add(Register.R4, PARAMETER_BYTES)
                .jumpIf(Register.R4, Comparison.ABOVE, Register.R3, refuse);
        for (int i = 0; i < PARAMETER_BYTES; i += Long.BYTES) {
            code.load(Width.DOUBLE, Register.R5, Register.R7, i)
                    .store(Width.DOUBLE, Register.R10, i - PARAMETER_BYTES, Register.R5);
        }
        code.move(Register.R1, Register.R6)
                .move(Register.R2, Register.R10)
                .add(Register.R2, -PARAMETER_BYTES)
                .move(Register.R3, PARAMETER_BYTES)
                .move(Register.R4, 0)
                .call(Helper.FIB_LOOKUP);
        for (int i = 0; i < PARAMETER_BYTES; i += Long.BYTES) {
            code.load(Width.DOUBLE, Register.R5, Register.R10, i - PARAMETER_BYTES)
                    .store(Width.DOUBLE, Register.R7, i, Register.R5);
        }
        return code.exit().mark(refuse).move(Register.R0, FAILED).exit().assemble();
    }

    /**
     * Returns the next hop of a packet that arrived on an interface with forwarding enabled.
     *
     * @param linkIndex index of that interface
     * @return empty if the kernel must send the packet itself: it does not know the neighbour yet, the packet is for
     *     this host, there is no route, or the route needs more than an Ethernet header
     */
    public Optional<NextHop> find(int linkIndex, IpAddress source, IpAddress destination) throws KernelException {
        parameters.fill((byte) 0);
        parameters.set(JAVA_BYTE, 0, (byte) AddressFamily.number(destination));
        parameters.set(JAVA_INT, LINK, linkIndex);
        write(SOURCE, source);
        write(DESTINATION, destination);
        if (program.run(parameters) != FOUND) {
            return Optional.empty();
        }
        return Optional.of(new NextHop(
                parameters.get(JAVA_INT, LINK), hardwareAddress(NEIGHBOUR_ADDRESS), hardwareAddress(OWN_ADDRESS)));
    }

    private void write(int offset, IpAddress address) {
        final byte[] bytes = address.toBytes();
        MemorySegment.copy(bytes, 0, parameters, JAVA_BYTE, offset, bytes.length);
    }

    private NextHop.HardwareAddress hardwareAddress(int offset) {
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | (parameters.get(JAVA_BYTE, offset + i) & 0xFF);
        }
        return new NextHop.HardwareAddress(bits);
    }

    @Override
    public void close() {
        program.close();
        arena.close();
    }
}
