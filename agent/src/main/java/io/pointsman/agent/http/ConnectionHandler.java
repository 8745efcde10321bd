package io.pointsman.agent.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection: whole requests in, replies out, within a deadline for each. */
final class ConnectionHandler extends SimpleChannelInboundHandler<HttpObject> {
    /** From the opening of a connection, or the last reply, to the last byte of a reply. */
    static final int REQUEST_TIMEOUT_SECONDS = 15;

    /** A GET has no body worth reading; some clients send a few bytes all the same. */
    private static final int MAX_BODY_BYTES = 8192;

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);

    private final Responder responder;
    private @Nullable Future<?> deadline;
    private @Nullable HttpRequest request;
    private int bodyBytes;
    private boolean closing;

    ConnectionHandler(Responder responder) {
        this.responder = responder;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        restartDeadline(context);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cancelDeadline();
        context.fireChannelInactive();
    }

    private void restartDeadline(ChannelHandlerContext context) {
        cancelDeadline();
        deadline = context.executor().schedule(() -> drop(context), REQUEST_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (closing) {
            return;
        }
        if (!part.decoderResult().isSuccess()) {
            send(context, Reply.text(400, "not an HTTP request that is answered here\n"), true, false);
            return;
        }
        if (part instanceof HttpRequest head) {
            request = head;
            bodyBytes = 0;
        }
        if (part instanceof HttpContent content) {
            bodyBytes += content.content().readableBytes();
            if (bodyBytes > MAX_BODY_BYTES) {
                send(context, Reply.text(413, "a request here has no body\n"), true, false);
            } else if (content instanceof LastHttpContent && request != null) {
                answer(context, request);
            }
        }
    }

    private void answer(ChannelHandlerContext context, HttpRequest asked) {
        request = null;
        final boolean isHead = asked.method().equals(HttpMethod.HEAD);
        if (!isHead && !asked.method().equals(HttpMethod.GET)) {
            send(context, Reply.text(405, "only GET and HEAD\n").with("Allow", "GET, HEAD"), true, false);
            return;
        }
        send(context, reply(asked), !HttpUtil.isKeepAlive(asked), isHead);
    }

    private Reply reply(HttpRequest asked) {
        final String uri = asked.uri();
        final int question = uri.indexOf('?');
        final String accept = asked.headers().get(HttpHeaderNames.ACCEPT, "");
        try {
            return responder.respond(new Request(question < 0 ? uri : uri.substring(0, question), accept));
        } catch (RuntimeException e) {
            LOG.warn("answering {} failed", uri, e);
            return Reply.text(500, "the agent failed to answer; its log says why\n");
        }
    }

    private void send(ChannelHandlerContext context, Reply reply, boolean isLast, boolean isHead) {
        final byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        final HttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(reply.status()),
                isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        reply.headers().forEach((name, value) -> response.headers().set(name, value));
        if (!reply.contentType().isEmpty()) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
        }
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        if (isLast) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        final ChannelFuture sent = context.writeAndFlush(response);
        if (isLast) {
            closing = true;
            sent.addListener(ChannelFutureListener.CLOSE);
        } else {
            sent.addListener(_ -> restartDeadline(context));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("connection from {} failed", context.channel().remoteAddress(), cause);
        drop(context);
    }

    private static void drop(ChannelHandlerContext context) {
        final ChannelFuture _ = context.close(); // nothing is left to do with a connection that won't even close
    }
}
