package io.pointsman.linux.netns;

import io.pointsman.linux.libc.FileCalls;

/** An open file descriptor of a network namespace. Used by one thread. */
public final class NamespaceHandle implements AutoCloseable {
    private int fd;

    NamespaceHandle(int fd) {
        this.fd = fd;
    }

    public int fd() {
        if (fd < 0) {
            throw new IllegalStateException("the namespace handle is closed");
        }
        return fd;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            FileCalls.close(fd);
            fd = -1;
        }
    }
}
