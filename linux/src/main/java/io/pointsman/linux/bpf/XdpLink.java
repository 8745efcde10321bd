package io.pointsman.linux.bpf;

import io.pointsman.linux.libc.FileCalls;

/**
 * Attachment of a program to an interface, which runs the program while this is open. The attachment ends with the process,
 * however that ends: then all frames go to the kernel again.
 */
public final class XdpLink implements AutoCloseable {
    private final int fd;
    private boolean closed;

    XdpLink(int fd) {
        this.fd = fd;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(fd);
        }
    }
}
