package io.pointsman.spi.userspace;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Buffers as large as recent reads, and a bound on what one readiness event takes from a socket. Netty's own bound ends
 * an event after one buffer when auto-read is off, as it always is here.
 */
final class ReadSizes extends AdaptiveRecvByteBufAllocator {
    private static final int SMALLEST = 512;
    private static final int INITIAL = 2048;

    private final int maxBytes;

    /** @param maxBytes largest buffer; an event ends with the read that reaches this sum */
    ReadSizes(int maxBytes) {
        super(SMALLEST, INITIAL, maxBytes);
        this.maxBytes = maxBytes;
    }

    @Override
    public RecvByteBufAllocator.ExtendedHandle newHandle() {
        return new Handle((RecvByteBufAllocator.ExtendedHandle) super.newHandle(), maxBytes);
    }

    private static final class Handle extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final int maxBytes;
        private int bytes;

        Handle(RecvByteBufAllocator.ExtendedHandle adaptive, int maxBytes) {
            super(adaptive);
            this.maxBytes = maxBytes;
        }

        @Override
        public void reset(io.netty.channel.ChannelConfig config) {
            bytes = 0;
            super.reset(config);
        }

        @Override
        public void lastBytesRead(int read) {
            bytes += Math.max(read, 0);
            super.lastBytesRead(read);
        }

        @Override
        public boolean continueReading() {
            return continueReading(() -> lastBytesRead() == attemptedBytesRead());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return bytes < maxBytes && maybeMoreData.get();
        }
    }
}
