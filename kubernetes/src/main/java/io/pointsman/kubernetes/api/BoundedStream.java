package io.pointsman.kubernetes.api;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that fails if more bytes arrive since {@link #renew} than allowed. Not thread-safe. */
final class BoundedStream extends FilterInputStream {
    private final long maxBytes;
    private long bytes;
    private long total;

    BoundedStream(InputStream in, long maxBytes) {
        super(in);
        this.maxBytes = maxBytes;
    }

    /** Returns the total number of bytes so far. */
    long total() {
        return total;
    }

    /** Restarts counting towards the limit. */
    void renew() {
        bytes = 0;
    }

    @Override
    public int read() throws IOException {
        final int value = super.read();
        if (value >= 0) {
            count(1);
        }
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        final int count = super.read(buffer, offset, length);
        if (count > 0) {
            count(count);
        }
        return count;
    }

    private void count(int more) throws IOException {
        bytes += more;
        total += more;
        if (bytes > maxBytes) {
            throw new MalformedAnswerException("more than " + maxBytes + " bytes");
        }
    }
}
