package io.pointsman.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Asks for memory that is to be used soon, and goes on without waiting. Neither the language nor its compiler has a word for
 * that, so this is the processor's own: a function of five instructions in a page of its own, called as any native one. On
 * x86-64 under Linux; elsewhere, or where the host lets no program make code, or with {@code -Dpointsman.prefetch=false}, it
 * does nothing.
 *
 * <p>A processor keeps about two dozen requests and forgets those beyond: ask for a few lines, work a little, ask for more.
 */
public final class Prefetch {
    /** That one call asks for. */
    public static final int LINES = 4;

    // With the arguments where the System V calling convention has them: prefetcht0 [rdi], [rsi], [rdx], [rcx]; ret
    private static final byte[] CODE = {
        0x0F, 0x18, 0x0F, 0x0F, 0x18, 0x0E, 0x0F, 0x18, 0x0A, 0x0F, 0x18, 0x09, (byte) 0xC3
    };

    private static final long PAGE = 4096;
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXECUTE = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final long MAP_FAILED = -1;

    private static final @Nullable MethodHandle FUNCTION = isWanted() ? make() : null;

    private Prefetch() {}

    public static boolean isAvailable() {
        return FUNCTION != null;
    }

    /** Four lines, by any address in them. Addresses that can't be read do no harm. */
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

    private static boolean isWanted() {
        return System.getProperty("os.arch", "").equals("amd64")
                && System.getProperty("os.name", "").equals("Linux")
                && !System.getProperty("pointsman.prefetch", "").equals("false");
    }

    /** The function, in a page that is never written again. Null: the host refuses. */
    @SuppressWarnings("restricted") // native calls are what this class is for
    private static @Nullable MethodHandle make() {
        final MethodHandle mmap =
                Libc.function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        final MethodHandle mprotect = Libc.function("mprotect", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
        try {
            final long page = (long) mmap.invokeExact(0L, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (page == MAP_FAILED) {
                return null;
            }
            for (int i = 0; i < CODE.length; i++) {
                RawMemory.setByte(page + i, CODE[i]);
            }
            if ((int) mprotect.invokeExact(page, PAGE, PROT_READ_EXECUTE) != 0) {
                return null;
            }
            return Linker.nativeLinker()
                    .downcallHandle(
                            MemorySegment.ofAddress(page),
                            FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                            Linker.Option.critical(false));
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
