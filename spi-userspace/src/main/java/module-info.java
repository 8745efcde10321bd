/** The userspace proxy as a backend. {@link java.util.ServiceLoader} finds it; other modules call nothing of it directly. */
module io.pointsman.spi.userspace {
    requires io.pointsman.api;
    requires io.pointsman.engine;
    requires io.pointsman.linux;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires jdk.net;
    requires org.slf4j;
    requires static org.jspecify;

    provides io.pointsman.spi.BackendProvider with
            io.pointsman.spi.userspace.UserspaceProvider;
}
