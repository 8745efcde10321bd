package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.KernelException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls that change the calling thread's network namespace, and mounts. Never on a virtual thread. */
public final class NamespaceCalls {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final long MS_BIND = 0x1000; // include/uapi/linux/mount.h
    private static final long MS_REC = 0x4000;
    private static final long MS_SHARED = 0x10_0000;
    private static final int MNT_DETACH = 2;
    private static final String NEEDED = "CAP_SYS_ADMIN";

    private static final MethodHandle SETNS = Libc.bind("setns", Libc.returningInt(JAVA_INT, JAVA_INT));
    private static final MethodHandle UNSHARE = Libc.bind("unshare", Libc.returningInt(JAVA_INT));
    private static final MethodHandle MOUNT =
            Libc.bind("mount", Libc.returningInt(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT2 = Libc.bind("umount2", Libc.returningInt(ADDRESS, JAVA_INT));

    private NamespaceCalls() {}

    /** Moves the calling thread into the network namespace that the descriptor stands for. */
    public static void enterNetwork(int fd, String tried) throws KernelException {
        requirePlatformThread();
        Libc.call(tried, NEEDED, (_, state) -> (int) SETNS.invokeExact(state, fd, CLONE_NEWNET));
    }

    /** Moves the calling thread into a new, empty network namespace. */
    public static void unshareNetwork() throws KernelException {
        requirePlatformThread();
        Libc.call("making a network namespace", NEEDED, (_, state) -> (int) UNSHARE.invokeExact(state, CLONE_NEWNET));
    }

    /** Mounts a file over another existing file. */
    public static void bindMount(String source, String target) throws KernelException {
        mount("mounting " + source + " at " + target, source, target, MS_BIND);
    }

    /** Makes a folder a mount of its own, including the mounts in it. */
    public static void makeMount(String folder) throws KernelException {
        mount("making " + folder + " a mount", folder, folder, MS_BIND | MS_REC);
    }

    /**
     * Makes a mounted folder shared: mounts in it appear and disappear in all its copies. {@code EINVAL} if it is no mount.
     */
    public static void share(String folder) throws KernelException {
        mount("sharing " + folder, "", folder, MS_SHARED | MS_REC);
    }

    private static void mount(String tried, String source, String target, long flags) throws KernelException {
        Libc.call(tried, NEEDED, (arena, state) -> (int) MOUNT.invokeExact(
                state,
                arena.allocateFrom(source),
                arena.allocateFrom(target),
                arena.allocateFrom("none"),
                flags,
                MemorySegment.NULL));
    }

    /** Detaches a mount: it disappears at once, and is removed when it is no longer in use. */
    public static void unmount(String target) throws KernelException {
        Libc.call("unmounting " + target, NEEDED, (arena, state) ->
                (int) UMOUNT2.invokeExact(state, arena.allocateFrom(target), MNT_DETACH));
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a virtual thread can't change its network namespace: it would change its carrier's");
        }
    }
}
