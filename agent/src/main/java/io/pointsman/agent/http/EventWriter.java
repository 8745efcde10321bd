package io.pointsman.agent.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes an event stream frame by frame, and ends it cleanly at a set time. Used by the connection's thread. */
final class EventWriter {
    private static final long PERIOD_MILLIS = 250;
    private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);

    private final ChannelHandlerContext context;
    private final EventStream events;
    private final UnsentAnswers unsent;
    private final Room.Guest guest;
    private final long endNanos;
    private final Runnable whenDone;

    /**
     * @param guest the connection
     * @param endNanos time at which the stream ends
     * @param whenDone called once everything is written; not if the client has disconnected before
     */
    EventWriter(
            ChannelHandlerContext context,
            EventStream events,
            UnsentAnswers unsent,
            Room.Guest guest,
            long endNanos,
            Runnable whenDone) {
        this.context = context;
        this.events = events;
        this.unsent = unsent;
        this.guest = guest;
        this.endNanos = endNanos;
        this.whenDone = whenDone;
    }

    void begin() {
        context.channel().closeFuture().addListener(_ -> events.close());
        final DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .set("X-Content-Type-Options", "nosniff")
                .set("Cross-Origin-Resource-Policy", "same-origin");
        context.writeAndFlush(head).addListener(written -> goOn(written.isSuccess()));
    }

    private void goOn(boolean isTaken) {
        if (!isTaken) {
            guest.evict();
        } else if (System.nanoTime() - endNanos >= 0) {
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(_ -> whenDone.run());
        } else {
            writeNext();
        }
    }

    private void writeNext() {
        final Optional<String> frame;
        try {
            frame = events.next();
            if (frame.isPresent() && frame.get().length() > EventStream.MAX_FRAME_CHARACTERS) {
                throw new IllegalStateException("a frame of " + frame.get().length() + " characters");
            }
        } catch (RuntimeException e) {
            LOG.warn("a stream of events failed", e);
            guest.evict();
            return;
        }
        if (frame.isEmpty()) {
            pause();
            return;
        }
        final byte[] bytes = frame.get().getBytes(StandardCharsets.UTF_8);
        unsent.begin(guest, bytes.length);
        context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)))
                .addListener(written -> {
                    unsent.end(guest);
                    if (written.isSuccess()) {
                        pause();
                    } else {
                        guest.evict();
                    }
                });
    }

    private void pause() {
        final Future<?> _ = context.executor()
                .schedule(() -> goOn(context.channel().isActive()), PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
}
