#!/usr/bin/env bash
# Netty's IP_RECVORIGDSTADDR tells where an IPv4 datagram was sent to, and of an IPv6 one only that it came to the wildcard.
#
# Guessed: with the option on, DatagramPacket.recipient() is the address that the client sent to, on a socket of either family; or setting it on
#          an IPv6 socket fails.
# What happens: it can be set on an IPv6 socket, IPv4 clients of that are told rightly (127.0.0.5), and for IPv6 clients recipient() is ::,
#          what the socket is bound to, without an error: the kernel's own option for IPv6 (IPV6_RECVORIGDSTADDR) is not set, and Netty
#          has none. Netty 4.2.18, native epoll transport.
# Affected:    transparent UDP proxies and servers with several addresses on Netty: they answer IPv6 clients from another address than these
#          asked, or don't know for which Service a datagram was, and find out when the first dual-stack client comes.
#
# Takes Linux on amd64, a JDK 17 or later and Maven; no root. Traffic stays on the loopback device.
set -euo pipefail

VERSION=4.2.18.Final
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.netty</groupId><artifactId>netty-transport-native-epoll</artifactId><version>$VERSION</version>
<classifier>linux-x86_64</classifier></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }

cat >Receive.java <<'JAVA'
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

class Receive {
    public static void main(String[] arguments) throws Exception {
        final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        final BlockingQueue<String> recipients = new ArrayBlockingQueue<>(9);
        try {
            final Channel server = new Bootstrap().group(loops)
                    .channelFactory(() -> new EpollDatagramChannel(SocketProtocolFamily.INET6))
                    .option(EpollChannelOption.IP_RECVORIGDSTADDR, true)
                    .handler(new SimpleChannelInboundHandler<DatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                            recipients.add(packet.recipient().getAddress().getHostAddress());
                        }
                    })
                    .bind("::", 0).sync().channel();
            final int port = ((InetSocketAddress) server.localAddress()).getPort();
            for (String to : new String[] {"127.0.0.5", "::1"}) {
                try (DatagramSocket client = new DatagramSocket()) {
                    client.send(new java.net.DatagramPacket(new byte[1], 1, InetAddress.getByName(to), port));
                }
                System.out.println("# sent to " + to + ", recipient: " + recipients.poll(5, TimeUnit.SECONDS));
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
JAVA
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
"$java_home/bin/java" -version 2>&1 | head -n 1
uname -sr
"$java_home/bin/java" -cp "$(cat classpath)" Receive.java 2>/dev/null | tee seen

result=0
expect() {
  grep -qxF -- "$1" seen || { echo "not seen any more: $1" >&2; result=1; }
}
expect '# sent to 127.0.0.5, recipient: 127.0.0.5'
expect '# sent to ::1, recipient: 0:0:0:0:0:0:0:0'
exit $result
