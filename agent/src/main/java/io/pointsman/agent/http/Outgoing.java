package io.pointsman.agent.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;

/** Writes an answer in pieces, so that only one piece at a time is copied for the socket. */
final class Outgoing {
    private static final int PIECE_BYTES = 16_384;

    /** Called once: when all of the answer was passed to the kernel, or it failed. */
    interface Listener {
        void sent(boolean isComplete);
    }

    private final ChannelHandlerContext context;
    private final Body body;
    private final Listener listener;
    private int position;

    private Outgoing(ChannelHandlerContext context, Body body, Listener listener) {
        this.context = context;
        this.body = body;
        this.listener = listener;
    }

    /** @param body what follows the head; {@link Body#NONE} for HEAD */
    static void send(ChannelHandlerContext context, DefaultHttpResponse head, Body body, Listener listener) {
        new Outgoing(context, body, listener).begin(head);
    }

    private void begin(HttpResponse head) {
        final ChannelFuture _ = context.write(head);
        writePiece();
    }

    private void writePiece() {
        final int length = Math.min(PIECE_BYTES, body.length() - position);
        final HttpContent piece = new DefaultHttpContent(Unpooled.wrappedBuffer(body.bytes(), position, length));
        position += length;
        final boolean isLast = position == body.length();
        if (isLast) {
            final ChannelFuture _ = context.write(piece);
        }
        context.writeAndFlush(isLast ? LastHttpContent.EMPTY_LAST_CONTENT : piece)
                .addListener(written -> {
                    if (!written.isSuccess()) {
                        listener.sent(false);
                    } else if (isLast) {
                        listener.sent(true);
                    } else {
                        writePiece();
                    }
                });
    }
}
