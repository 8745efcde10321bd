#!/usr/bin/env bash
# An idle NIO event loop of Netty wakes once a second, and stops doing so when a task is scheduled for tomorrow.
#
# One would expect: a loop whose channels are silent and that has nothing scheduled sleeps in select until something happens, and
#                   that to schedule a task can only add to how often it wakes.
# What happens:     with nothing scheduled the loop selects for one second (the interval after which it would look for cancelled
#                   tasks, of which there are none) and starts over, for ever; with one task scheduled, however far off, it selects
#                   until that is due. The native epoll transport sleeps either way.
# Affected:         agents and sidecars, of which a host has many: each loop, and by default there are two for each processor, is a
#                   wake-up a second of a process that does nothing.
#
# Takes Linux, a JDK 17 or later and Maven; no root.
set -euo pipefail

VERSION=4.2.18.Final
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.netty</groupId><artifactId>netty-transport</artifactId><version>$VERSION</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }

cat >Try.java <<'JAVA'
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class Try {
    private static final int SECONDS = 10;

    /** How often the kernel says that the loop's thread has gone to sleep so far. */
    private static long sleeps() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                List<String> status = Files.readAllLines(thread.resolve("status"));
                if (status.contains("Name:\tloop-1-1")) {
                    return status.stream()
                            .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum();
                }
            }
        }
        throw new IllegalStateException("the loop has no thread");
    }

    public static void main(String[] args) throws Exception {
        var group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("loop", true), NioIoHandler.newFactory());
        new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter())
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync();
        if (args[0].equals("scheduled")) {
            group.schedule(() -> {}, 1, TimeUnit.DAYS);
        }
        TimeUnit.SECONDS.sleep(2); // the bind is over
        long before = sleeps();
        TimeUnit.SECONDS.sleep(SECONDS);
        System.out.println(sleeps() - before);
    }
}
JAVA
java -version 2>&1 | sed -n 1p
echo "Netty $VERSION"
nothing=$(java -cp "$(<classpath)" Try.java nothing) scheduled=$(java -cp "$(<classpath)" Try.java scheduled)
printf 'An idle loop slept again in 10 s, nothing scheduled:             %s times\n' "$nothing"
printf 'An idle loop slept again in 10 s, one task scheduled in a day:   %s times\n' "$scheduled"
((nothing >= 8 && scheduled <= 2)) || { echo "not seen any more" >&2; exit 1; }
