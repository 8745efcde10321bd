package io.pointsman.agent.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Every HTTP listener of the agent: probes, metrics, status. One thread serves them all, with a bound on connections, on
 * the size of a request and on the time it may take, so that no client can hold the others up.
 */
public final class HttpServers implements ListenerFactory, AutoCloseable {
    /** Over all listeners; a probe holds its connection for milliseconds. */
    static final int MAX_CONNECTIONS = 512;

    private static final int MAX_REQUEST_LINE_BYTES = 4096;
    private static final int MAX_HEADER_BYTES = 16_384;
    private static final int CLOSE_TIMEOUT_SECONDS = 5;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("pointsman-http", true), NioIoHandler.newFactory());
    private volatile boolean closed;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    @Override
    public Listener open(InetSocketAddress address, Responder responder) throws IOException {
        final ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<NioSocketChannel>() {
                    @Override
                    protected void initChannel(NioSocketChannel channel) {
                        accept(channel, responder);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("can't listen on " + text(address) + ": " + reason(bound.cause()), bound.cause());
        }
        return new NettyListener(bound.channel());
    }

    private void accept(NioSocketChannel channel, Responder responder) {
        if (connections.size() >= MAX_CONNECTIONS) {
            final ChannelFuture _ = channel.close();
            return;
        }
        connections.add(channel);
        channel.pipeline()
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)))
                .addLast(new ConnectionHandler(responder));
    }

    private static String reason(Throwable cause) {
        final String message = cause.getMessage();
        return message == null ? cause.toString() : message;
    }

    static String text(InetSocketAddress address) {
        final String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** Why no request will be answered any more; empty while some are, and after close. Any thread may ask. */
    public Optional<String> failure() {
        return group.isShuttingDown() && !closed
                ? Optional.of("the thread that answers HTTP requests ended, the log says why")
                : Optional.empty();
    }

    /** Closes every listener and connection. */
    @Override
    public void close() {
        closed = true;
        connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private record NettyListener(Channel channel) implements Listener {
        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) channel.localAddress();
        }

        @Override
        public void close() {
            channel.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }
}
