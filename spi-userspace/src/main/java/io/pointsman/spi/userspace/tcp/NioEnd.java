package io.pointsman.spi.userspace.tcp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoEvent;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Relay end with a channel of the JDK, used without epoll. Its selection key has only the operations that it waits for. */
final class NioEnd extends RelayEnd implements NioIoHandle {
    private final SocketChannel channel;
    private @Nullable IoRegistration registration;
    private NioIoOps awaited = NioIoOps.NONE;
    private boolean connecting;

    NioEnd(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop, SocketChannel channel) {
        super(relay, proxy, relayLoop);
        this.channel = channel;
    }

    @Override
    boolean register() {
        final var registering = relayLoop().ioLoop().register(this);
        if (!registering.isSuccess()) {
            close();
            return false;
        }
        registration = registering.getNow();
        await(connecting ? NioIoOps.CONNECT : NioIoOps.READ);
        return true;
    }

    @Override
    void connect(InetSocketAddress to, @Nullable InetSocketAddress source) {
        try {
            if (source != null) {
                channel.bind(source);
            }
            connecting = !channel.connect(to);
        } catch (IOException _) {
            relay().dialed(this, false);
            return;
        }
        if (!register()) {
            relay().dialed(this, false);
        } else if (!connecting) {
            relay().dialed(this, true);
        }
    }

    @Override
    public SelectableChannel selectableChannel() {
        return channel;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
        if (isOpen()) {
            try {
                handle(((NioIoEvent) event).ops());
            } catch (Throwable e) { // an error must cost this connection only, not the event loop
                relay().broken(e);
            }
        }
    }

    private void handle(NioIoOps ops) {
        if (connecting) {
            concludeDial();
            return;
        }
        if (ops.contains(NioIoOps.READ)) {
            inputReady(false);
        }
        if (ops.contains(NioIoOps.WRITE)) {
            flush();
        }
        readOn();
    }

    private void concludeDial() {
        boolean success;
        try {
            success = channel.finishConnect();
            if (!success) {
                return;
            }
        } catch (IOException _) {
            success = false;
        }
        connecting = false;
        await(true, false);
        relay().dialed(this, success);
    }

    @Override
    void await(boolean input, boolean output) {
        if (!connecting) {
            final NioIoOps reading = input ? NioIoOps.READ : NioIoOps.NONE;
            await(output ? reading.with(NioIoOps.WRITE) : reading);
        }
    }

    private void await(NioIoOps ops) {
        final IoRegistration own = registration;
        if (own != null && own.isValid() && !ops.equals(awaited)) {
            awaited = ops;
            own.submit(ops);
        }
    }

    @Override
    int receive(ByteBuffer buffer, int bytes) throws IOException {
        return channel.read(buffer.clear().limit(bytes));
    }

    @Override
    int transmit(ByteBuffer bytes, int from, int to) throws IOException {
        return channel.write(bytes.duplicate().limit(to).position(from));
    }

    @Override
    void cork() {
        // The JDK has no such option.
    }

    @Override
    void shutdownOutput() {
        try {
            channel.shutdownOutput();
        } catch (IOException | NotYetConnectedException _) {
            // The peer's RST came first; the next read fails.
        }
    }

    @Override
    void resetOnClose() {
        Sockets.resetOnClose(channel);
    }

    @Override
    public void free() {
        if (registration != null) {
            registration.cancel();
        }
        Sockets.close(channel);
    }
}
