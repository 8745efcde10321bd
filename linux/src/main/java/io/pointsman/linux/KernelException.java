package io.pointsman.linux;

import java.io.IOException;
import java.util.Objects;

/**
 * A request that the kernel refused. The message gives the request, the error's name, the kernel's own text and the
 * privilege needed.
 */
public final class KernelException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int number;
    private final String kernelText;

    public KernelException(String tried, Errno errno) {
        this(tried, errno, "");
    }

    /**
     * Creates a refusal with more text to explain it.
     *
     * @param tried what was being done, with its object: {@code "adding 10.0.0.1/24 to eth0"}
     * @param kernelText the kernel's extended error text, or a remedy known to the caller; empty for none
     */
    public KernelException(String tried, Errno errno, String kernelText) {
        this(tried, errno, kernelText, "CAP_NET_ADMIN in the user namespace that owns this network namespace");
    }

    /**
     * Creates a refusal of a request that needs a privilege other than CAP_NET_ADMIN.
     *
     * @param needed privilege that the caller must have, as {@code "CAP_NET_RAW"}; in the message only if privilege was
     *     lacking
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

    /** Returns the kernel's extended error text; empty if it sent none. */
    public String kernelText() {
        return kernelText;
    }
}
