package io.pointsman.agent.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles one connection: reads a request, writes its answer, then reads the next. It reads nothing while it answers. The
 * connection's lifetime is fixed at its start, and nothing extends it.
 */
final class ConnectionHandler extends SimpleChannelInboundHandler<HttpObject> implements Room.Guest {
    /** Maximum size of a request body. A GET has no meaningful body, but some clients send a few bytes. */
    private static final int MAX_BODY_BYTES = 8192;

    private static final AsciiString CLOSE = HttpHeaderValues.CLOSE;
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);

    private final Responder responder;
    private final Object listener;
    private final SocketChannel channel;
    private final Object client;
    private final UnsentAnswers unsent;
    private final RequestDecoder decoder = new RequestDecoder(this::isAnswering);
    private final Duration maxAge;
    private final long startNanos = System.nanoTime();
    private @Nullable Future<?> deadline;
    private @Nullable HttpRequest request;
    private int bodyBytes;
    private boolean answering;
    private boolean leaving;

    ConnectionHandler(
            Responder responder, Object listener, SocketChannel channel, UnsentAnswers unsent, Duration maxAge) {
        this.responder = responder;
        this.listener = listener;
        this.channel = channel;
        this.client = ClientQuota.of(channel.remoteAddress());
        this.unsent = unsent;
        this.maxAge = maxAge;
    }

    /** Returns the decoder of requests, to be placed before this handler. */
    RequestDecoder decoder() {
        return decoder;
    }

    @Override
    public Object listener() {
        return listener;
    }

    @Override
    public Object client() {
        return client;
    }

    @Override
    public boolean isIdle() {
        return !answering || leaving;
    }

    private boolean isAnswering() {
        return answering;
    }

    @Override
    public void evict() {
        final ChannelFuture _ = channel.close(); // a close that fails leaves nothing to do
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        deadline = context.executor().schedule(this::evict, maxAge.toNanos(), TimeUnit.NANOSECONDS);
        context.read();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        unsent.end(this);
        if (deadline != null) {
            deadline.cancel(false);
        }
        context.fireChannelInactive();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (!answering) {
            context.read();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (answering) {
            return;
        }
        if (!part.decoderResult().isSuccess()) {
            send(context, Reply.text(400, "not a valid HTTP request, or its header is too large\n"), CLOSE, false);
            return;
        }
        if (part instanceof HttpRequest head) {
            request = head;
            bodyBytes = 0;
            if (HttpUtil.is100ContinueExpected(head)) {
                answer(context, head, true); // the body is not wanted
                return;
            }
        }
        if (part instanceof HttpContent content) {
            bodyBytes += content.content().readableBytes();
            if (bodyBytes > MAX_BODY_BYTES) {
                send(context, Reply.text(413, "the body of the request is too large\n"), CLOSE, false);
            } else if (content instanceof LastHttpContent && request != null) {
                answer(context, request, false);
            }
        }
    }

    private void answer(ChannelHandlerContext context, HttpRequest asked, boolean isLast) {
        request = null;
        answering = true;
        final boolean closes = isLast || !HttpUtil.isKeepAlive(asked);
        switch (answer(asked)) {
            case Reply reply -> send(context, asked, reply, closes);
            case Deferred(CompletionStage<Reply> later) -> {
                final CompletionStage<Reply> _ = later.whenComplete((reply, failure) -> context.executor()
                        .execute(() -> send(context, asked, failure == null ? reply : failed(asked, failure), closes)));
            }
            case EventStream events -> stream(context, events);
        }
    }

    private void send(ChannelHandlerContext context, HttpRequest asked, Reply reply, boolean closes) {
        final AsciiString connection = closes || isOld() ? CLOSE : HttpHeaderValues.KEEP_ALIVE;
        send(context, reply, connection, asked.method().equals(HttpMethod.HEAD));
    }

    /** Writes a stream, which ends when four fifths of the connection's lifetime are over. */
    private void stream(ChannelHandlerContext context, EventStream events) {
        final long endNanos = startNanos + maxAge.toNanos() / 5 * 4;
        new EventWriter(context, events, unsent, this, endNanos, this::leave).begin();
        context.read(); // detects the client's end early; nothing else is expected
    }

    private void leave() {
        leaving = true;
        Farewell.begin(channel);
    }

    /**
     * Whether half of the lifetime is over: from then on each reply is the last one, so that no client is cut off in the
     * middle.
     */
    private boolean isOld() {
        return System.nanoTime() - startNanos >= maxAge.toNanos() / 2;
    }

    private Answer answer(HttpRequest asked) {
        if (asked.protocolVersion().majorVersion() != 1) {
            return Reply.text(505, "use HTTP/1.1\n");
        }
        final List<String> hosts = asked.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1) {
            return Reply.text(400, "more than one Host header\n");
        }
        final RequestTarget target;
        try {
            target = RequestTarget.parse(asked.uri());
        } catch (IllegalArgumentException _) {
            return Reply.text(400, "path or query is not percent-encoded as it should be\n");
        }
        try {
            return responder.respond(new Request(
                    asked.method().name(),
                    target.path(),
                    target.parameters(),
                    asked.headers().get(HttpHeaderNames.ACCEPT, ""),
                    asked.headers().get("Last-Event-ID", ""),
                    target.authority().or(() -> Optional.ofNullable(hosts.isEmpty() ? null : hosts.getFirst())),
                    asked.protocolVersion().equals(HttpVersion.HTTP_1_0)));
        } catch (RuntimeException e) {
            return failed(asked, e);
        }
    }

    private static Reply failed(HttpRequest asked, Throwable failure) {
        LOG.warn("answering {} failed", asked.uri(), failure);
        return Reply.text(500, "the agent failed to answer; its log says why\n");
    }

    private void send(ChannelHandlerContext context, Reply reply, AsciiString connection, boolean isHead) {
        answering = true;
        final Body body = reply.body();
        final DefaultHttpResponse head =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()));
        reply.headers().forEach((name, value) -> head.headers().set(name, value));
        if (!reply.contentType().isEmpty()) {
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
        }
        head.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length());
        head.headers().set(HttpHeaderNames.CONNECTION, connection);
        unsent.begin(this, isHead ? 0 : body.length());
        Outgoing.send(context, head, isHead ? Body.NONE : body, isComplete -> {
            body.sent();
            unsent.end(this);
            if (!isComplete) {
                evict();
            } else if (connection.equals(CLOSE)) {
                leave();
            } else {
                goOn(context);
            }
        });
    }

    private void goOn(ChannelHandlerContext context) {
        answering = false;
        decoder.resume(context.pipeline());
        if (!answering) {
            context.read();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            LOG.warn("a connection from {} is closed by an error", channel.remoteAddress(), cause);
        } else {
            LOG.debug("connection from {} failed", channel.remoteAddress(), cause);
        }
        evict();
    }
}
