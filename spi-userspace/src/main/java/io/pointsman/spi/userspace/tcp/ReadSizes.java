package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Buffers as large as recent reads, and a bound on what one readiness event takes from a socket. Netty's own bound ends
 * an event after one buffer when auto-read is off, as it always is here.
 */
public final class ReadSizes extends AdaptiveRecvByteBufAllocator {
    private static final int SMALLEST = 512;
    private static final int INITIAL = 2048;

    private final int maxBytes;
    private final UnsentLimit unsent;

    /**
     * @param maxBytes largest buffer; an event ends with the read that reaches this sum
     * @param unsent which makes buffers smaller where memory is short
     */
    public ReadSizes(int maxBytes, UnsentLimit unsent) {
        super(SMALLEST, INITIAL, maxBytes);
        this.maxBytes = maxBytes;
        this.unsent = unsent;
    }

    @Override
    public RecvByteBufAllocator.ExtendedHandle newHandle() {
        return new Handle((RecvByteBufAllocator.ExtendedHandle) super.newHandle(), maxBytes, unsent);
    }

    private static final class Handle extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final int maxBytes;
        private final UnsentLimit unsent;
        private int bytes;

        Handle(RecvByteBufAllocator.ExtendedHandle adaptive, int maxBytes, UnsentLimit unsent) {
            super(adaptive);
            this.maxBytes = maxBytes;
            this.unsent = unsent;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(unsent.within(guess()));
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
            return bytes < unsent.within(maxBytes) && maybeMoreData.get();
        }
    }
}
