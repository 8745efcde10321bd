package io.pointsman.linux;

import java.io.IOException;
import java.util.Objects;

/** The kernel refused something. The message says what was tried, the error's name, the kernel's own words, what is needed. */
public final class KernelException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int number;
    private final String kernelText;

    public KernelException(String tried, Errno errno) {
        this(tried, errno, "");
    }

    /**
     * A refusal, with more to say about it.
     *
     * @param tried what was being done, with its object: {@code "adding 10.0.0.1/24 to eth0"}
     * @param kernelText the kernel's extended error text, or a remedy known to the caller; empty for none
     */
    public KernelException(String tried, Errno errno, String kernelText) {
        this(tried, errno, kernelText, "CAP_NET_ADMIN in the user namespace that owns this network namespace");
    }

    /**
     * As the other, for what takes another privilege than most.
     *
     * @param needed what the caller must have to be let: {@code "CAP_NET_RAW"}; said only when privilege was what it lacked
     */
    public KernelException(String tried, Errno errno, String kernelText, String needed) {
        super(Objects.requireNonNull(tried, "tried") + ": " + errno + (kernelText.isEmpty() ? "" : ": " + kernelText)
                + (errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES) ? "; needs " + needed : ""));
        this.number = errno.number();
        this.kernelText = kernelText;
    }

    public Errno errno() {
        return new Errno(number);
    }

    public boolean is(Errno errno) {
        return number == errno.number();
    }

    /** What the kernel added in words; empty for nothing. */
    public String kernelText() {
        return kernelText;
    }
}
