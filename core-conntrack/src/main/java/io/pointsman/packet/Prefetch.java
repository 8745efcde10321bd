package io.pointsman.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Software prefetch of cache lines. Java has no intrinsic for it, so this class calls native functions of a few
 * instructions, kept in an executable page of their own. Available on x86-64 under Linux; elsewhere, on hosts that refuse
 * executable pages, and with {@code -Dpointsman.prefetch=false} it does nothing.
 *
 * <p>A core tracks about two dozen outstanding loads and drops further prefetches: issue a few, work, issue more.
 */
public final class Prefetch {
    /** Number of cache lines that one call prefetches. */
    public static final int LINES = 4;

    // Arguments in the registers of the System V calling convention: prefetcht0 [rdi], [rsi], [rdx], [rcx]; ret
    private static final byte[] CODE = {
        0x0F, 0x18, 0x0F, 0x0F, 0x18, 0x0E, 0x0F, 0x18, 0x0A, 0x0F, 0x18, 0x09, (byte) 0xC3
    };

    // The same lines, each followed by the next one: prefetcht0 [rdi + 64] and so on
    private static final byte[] PAIRS_CODE = {
        0x0F,
        0x18,
        0x0F,
        0x0F,
        0x18,
        0x4F,
        0x40,
        0x0F,
        0x18,
        0x0E,
        0x0F,
        0x18,
        0x4E,
        0x40,
        0x0F,
        0x18,
        0x0A,
        0x0F,
        0x18,
        0x4A,
        0x40,
        0x0F,
        0x18,
        0x09,
        0x0F,
        0x18,
        0x49,
        0x40,
        (byte) 0xC3
    };

    private static final long PAGE = 4096;
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXECUTE = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final long MAP_FAILED = -1;

    private static final int PAIRS_OFFSET = 64; // in the page

    private static final long PAGE_ADDRESS = isWanted() ? writePage() : 0;
    private static final @Nullable MethodHandle FUNCTION = function(0);
    private static final @Nullable MethodHandle PAIRS_FUNCTION = function(PAIRS_OFFSET);

    private Prefetch() {}

    public static boolean isAvailable() {
        return FUNCTION != null;
    }

    /** Prefetches the four lines that contain these addresses. Unreadable addresses are ignored by the processor. */
    public static void lines(long first, long second, long third, long fourth) {
        if (FUNCTION == null) {
            return;
        }
        try {
            FUNCTION.invokeExact(first, second, third, fourth);
        } catch (Throwable e) {
            throw new AssertionError("five instructions, of which none throws", e);
        }
    }

    /** Prefetches one line. */
    public static void line(long address) {
        lines(address, address, address, address);
    }

    /** Prefetches the lines of {@value #LINES} addresses, from index {@code from} on. */
    public static void lines(long[] addresses, int from) {
        lines(addresses[from], addresses[from + 1], addresses[from + 2], addresses[from + 3]);
    }

    /** Prefetches the lines of {@value #LINES} addresses, from index {@code from} on, and the line after each. */
    public static void pairs(long[] addresses, int from) {
        pairs(addresses[from], addresses[from + 1], addresses[from + 2], addresses[from + 3]);
    }

    /** Prefetches the line that contains an address, and the one after it. */
    public static void pair(long address) {
        pairs(address, address, address, address);
    }

    /** Prefetches the four lines that contain these addresses, and the line after each. */
    public static void pairs(long first, long second, long third, long fourth) {
        if (PAIRS_FUNCTION == null) {
            return;
        }
        try {
            PAIRS_FUNCTION.invokeExact(first, second, third, fourth);
        } catch (Throwable e) {
            throw new AssertionError("nine instructions, of which none throws", e);
        }
    }

    private static boolean isWanted() {
        return System.getProperty("os.arch", "").equals("amd64")
                && System.getProperty("os.name", "").equals("Linux")
                && !System.getProperty("pointsman.prefetch", "").equals("false");
    }

    /** Writes the functions into a page and makes it executable. Returns its address; 0 if the host refuses. */
    private static long writePage() {
        final MethodHandle mmap =
                Libc.function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        final MethodHandle mprotect = Libc.function("mprotect", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
        try {
            final long page = (long) mmap.invokeExact(0L, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (page == MAP_FAILED) {
                return 0;
            }
            write(CODE, page);
            write(PAIRS_CODE, page + PAIRS_OFFSET);
            return (int) mprotect.invokeExact(page, PAGE, PROT_READ_EXECUTE) == 0 ? page : 0;
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static void write(byte[] code, long to) {
        for (int i = 0; i < code.length; i++) {
            RawMemory.setByte(to + i, code[i]);
        }
    }

    @SuppressWarnings("restricted") // native calls are what this class is for
    private static @Nullable MethodHandle function(int offset) {
        return PAGE_ADDRESS == 0
                ? null
                : Linker.nativeLinker()
                        .downcallHandle(
                                MemorySegment.ofAddress(PAGE_ADDRESS + offset),
                                FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                                Linker.Option.critical(false));
    }
}
