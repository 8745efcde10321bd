package io.pointsman.bench.look;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Signals by which a process is stopped and continued. Sent by a system call: a program for each would cost more than a turn. */
@SuppressWarnings("restricted") // a foreign function
enum Signal {
    CONTINUE(18), // signal(7), x86 and ARM
    STOP(19);

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle KILL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("kill"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** @throws IOException if the process has ended */
    void send(Process process) throws IOException {
        try {
            if ((int) KILL.invokeExact((int) process.pid(), number) != 0) {
                throw new IOException("process " + process.pid() + " has ended");
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) { // MethodHandle declares it; kill(2) throws nothing
            throw new LinkageError("kill(2)", e);
        }
    }
}
