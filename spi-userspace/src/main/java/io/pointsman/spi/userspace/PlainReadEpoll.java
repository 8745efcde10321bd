package io.pointsman.spi.userspace;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Epoll without EPOLLRDHUP, so that a peer's FIN is met where its last byte is read and nowhere else.
 *
 * <p>Netty always asks for EPOLLRDHUP and, when it comes, reads everything that the kernel holds, whether or not anybody
 * called {@code read()}: back-pressure would end with the peer's FIN, with up to a receive buffer (6 MiB by default) for
 * each connection. It also costs two system calls a connection. What else would have reported a dead peer still does:
 * errors always come, and a hang-up is turned into readiness to read, for epoll would repeat it without end.
 */
final class PlainReadEpoll implements IoHandlerFactory {
    private static final int INPUT = EpollIoOps.EPOLLIN.value();
    private static final int ERROR = EpollIoOps.EPOLLERR.value();
    private static final int HANG_UP = 0x10; // EPOLLHUP, which Netty has no constant for
    private static final EpollIoEvent READ = () -> EpollIoOps.EPOLLIN;

    private final IoHandlerFactory epoll;

    PlainReadEpoll(IoHandlerFactory epoll) {
        this.epoll = epoll;
    }

    @Override
    public IoHandler newHandler(ThreadAwareExecutor executor) {
        return new Handler(epoll.newHandler(executor));
    }

    @Override
    public boolean isChangingThreadSupported() {
        return epoll.isChangingThreadSupported();
    }

    private static final class Handler implements IoHandler {
        private final IoHandler epoll;

        Handler(IoHandler epoll) {
            this.epoll = epoll;
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            final Handle wrapped = new Handle((EpollIoHandle) handle);
            final Registration registration = new Registration(epoll.register(wrapped));
            wrapped.registration = registration;
            return registration;
        }

        @Override
        public void initialize() {
            epoll.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            return epoll.run(context);
        }

        @Override
        public void prepareToDestroy() {
            epoll.prepareToDestroy();
        }

        @Override
        public void destroy() {
            epoll.destroy();
        }

        @Override
        public void wakeup() {
            epoll.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return epoll.isCompatible(handleType);
        }
    }

    @SuppressWarnings("try") // close() throws what the one it passes on may throw
    private static final class Handle implements EpollIoHandle {
        private final EpollIoHandle channel;
        private @Nullable IoRegistration registration;

        Handle(EpollIoHandle channel) {
            this.channel = channel;
        }

        @Override
        public FileDescriptor fd() {
            return channel.fd();
        }

        @Override
        public void handle(IoRegistration inner, IoEvent event) {
            final IoRegistration own = Objects.requireNonNull(registration, "no event comes before registration");
            channel.handle(own, event);
            final int ops = ((EpollIoEvent) event).ops().value();
            if ((ops & (ERROR | HANG_UP)) != 0 && own.isValid()) {
                if (isInputEnded()) {
                    final Channel.Unsafe unsafe = (Channel.Unsafe) channel;
                    unsafe.close(unsafe.voidPromise());
                } else if ((ops & (ERROR | INPUT)) == 0) {
                    channel.handle(own, READ);
                }
            }
        }

        private boolean isInputEnded() {
            return channel instanceof Channel.Unsafe unsafe
                    && unsafe.voidPromise().channel() instanceof SocketChannel socket
                    && socket.isActive()
                    && socket.isInputShutdown();
        }

        @Override
        public void registered() {
            channel.registered();
        }

        @Override
        public void unregistered() {
            channel.unregistered();
        }

        @Override
        public void close() throws Exception {
            channel.close();
        }
    }

    /** Submits no EPOLLRDHUP, and nothing twice. */
    private static final class Registration implements IoRegistration {
        private final IoRegistration epoll;
        private int submitted = -1;

        Registration(IoRegistration epoll) {
            this.epoll = epoll;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // so Netty declares it
        public <T> T attachment() {
            return epoll.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            // EPOLLERR is always reported; it stands for "nothing else", as no ops at all would mean removal.
            final EpollIoOps asked =
                    ((EpollIoOps) ops).without(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLERR);
            if (asked.value() == submitted) {
                return submitted;
            }
            final long result = epoll.submit(asked);
            submitted = asked.value();
            return result;
        }

        @Override
        public boolean isValid() {
            return epoll.isValid();
        }

        @Override
        public boolean cancel() {
            return epoll.cancel();
        }
    }
}
