package io.pointsman.linux;

import java.util.Map;

/**
 * An error number of the kernel ({@code include/uapi/asm-generic/errno-base.h} and {@code errno.h}; the same numbers on
 * x86, Arm and RISC-V).
 *
 * @param number positive
 */
public record Errno(int number) {
    public static final Errno EPERM = new Errno(1);
    public static final Errno ENOENT = new Errno(2);
    public static final Errno ESRCH = new Errno(3);
    public static final Errno EINTR = new Errno(4);
    public static final Errno EBADF = new Errno(9);
    public static final Errno EAGAIN = new Errno(11);
    public static final Errno EACCES = new Errno(13);
    public static final Errno EBUSY = new Errno(16);
    public static final Errno EEXIST = new Errno(17);
    public static final Errno ENODEV = new Errno(19);
    public static final Errno EINVAL = new Errno(22);
    public static final Errno EPROTO = new Errno(71);
    /** Error of nf_tables when its generation has changed; other parts of the kernel use the number only internally. */
    public static final Errno ERESTART = new Errno(85);

    public static final Errno EMSGSIZE = new Errno(90);
    public static final Errno ENOPROTOOPT = new Errno(92);
    public static final Errno EOPNOTSUPP = new Errno(95);
    public static final Errno EADDRINUSE = new Errno(98);
    public static final Errno EADDRNOTAVAIL = new Errno(99);
    public static final Errno ENETDOWN = new Errno(100);
    public static final Errno ENETUNREACH = new Errno(101);
    public static final Errno ENOBUFS = new Errno(105);
    public static final Errno ETIMEDOUT = new Errno(110);
    public static final Errno ECONNREFUSED = new Errno(111);
    public static final Errno EHOSTUNREACH = new Errno(113);

    private static final Map<Integer, String> TEXTS = Map.ofEntries(
            Map.entry(1, "EPERM operation not permitted"),
            Map.entry(2, "ENOENT no such object"),
            Map.entry(3, "ESRCH nothing found"),
            Map.entry(4, "EINTR interrupted"),
            Map.entry(5, "EIO input/output error"),
            Map.entry(6, "ENXIO no such device or address"),
            Map.entry(7, "E2BIG too long"),
            Map.entry(9, "EBADF bad file descriptor"),
            Map.entry(11, "EAGAIN try again"),
            Map.entry(12, "ENOMEM out of memory"),
            Map.entry(13, "EACCES permission denied"),
            Map.entry(14, "EFAULT bad address"),
            Map.entry(16, "EBUSY in use"),
            Map.entry(17, "EEXIST exists already"),
            Map.entry(19, "ENODEV no such device"),
            Map.entry(20, "ENOTDIR not a directory"),
            Map.entry(22, "EINVAL invalid argument"),
            Map.entry(23, "ENFILE too many open files in the system"),
            Map.entry(24, "EMFILE too many open files in this process"),
            Map.entry(25, "ENOTTY not an operation of this file"),
            Map.entry(28, "ENOSPC no space left"),
            Map.entry(30, "EROFS read-only file system"),
            Map.entry(34, "ERANGE out of range"),
            Map.entry(38, "ENOSYS not in this kernel"),
            Map.entry(61, "ENODATA no data"),
            Map.entry(71, "EPROTO protocol error"),
            Map.entry(85, "ERESTART changed by another meanwhile"),
            Map.entry(88, "ENOTSOCK not a socket"),
            Map.entry(90, "EMSGSIZE message too long"),
            Map.entry(92, "ENOPROTOOPT no such option"),
            Map.entry(93, "EPROTONOSUPPORT protocol not supported"),
            Map.entry(94, "ESOCKTNOSUPPORT socket type not supported"),
            Map.entry(95, "EOPNOTSUPP not supported"),
            Map.entry(97, "EAFNOSUPPORT address family not supported"),
            Map.entry(98, "EADDRINUSE address in use"),
            Map.entry(99, "EADDRNOTAVAIL no such address here"),
            Map.entry(100, "ENETDOWN network is down"),
            Map.entry(101, "ENETUNREACH network unreachable"),
            Map.entry(104, "ECONNRESET connection reset"),
            Map.entry(105, "ENOBUFS no buffer space"),
            Map.entry(107, "ENOTCONN not connected"),
            Map.entry(110, "ETIMEDOUT timed out"),
            Map.entry(111, "ECONNREFUSED connection refused"),
            Map.entry(113, "EHOSTUNREACH no route to host"),
            Map.entry(115, "EINPROGRESS in progress"));

    /** Returns the error's name, as {@code EPERM}; {@code errno 200} for a number without a name here. */
    public String name() {
        final String text = TEXTS.get(number);
        return text == null ? "errno " + number : text.substring(0, text.indexOf(' '));
    }

    /** Returns the error's name and meaning: {@code EPERM (operation not permitted)}. */
    @Override
    public String toString() {
        final String text = TEXTS.get(number);
        return text == null ? "errno " + number : name() + " (" + text.substring(text.indexOf(' ') + 1) + ")";
    }
}
