#!/usr/bin/env bash
# The official Java client's informer opens a watch that ended in order again at once, without any pause, however short it was.
#
# One would expect: as with client-go (and with fabric8, which lists again each second), a watch that the server ends at once and
#                   that brought nothing counts as a failure, after which one waits longer and longer.
# What happens:     the next watch follows within milliseconds, for as long as the server goes on: tens to hundreds of requests a
#                   second from each informer. Only a watch that fails (403, 410) is followed by a pause, of one second each time.
# Affected:         an API server that is shutting down or behind a proxy that can't hold a long answer: it ends watches in order,
#                   and all controllers written with this client ask as fast as they can.
#
# Takes a JDK 17 or later and Maven; no root.
set -euo pipefail

VERSION=25.0.0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.kubernetes</groupId><artifactId>client-java</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }

cat >Try.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceList;
import io.kubernetes.client.util.ClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class Try {
    public static void main(String[] args) throws Exception {
        AtomicInteger watches = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean isWatch = exchange.getRequestURI().getQuery().contains("watch=true");
            byte[] answer = (isWatch ? "" : """
                    {"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"10"},"items":[]}""").getBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (isWatch) {
                watches.incrementAndGet();
                first.countDown();
            }
            exchange.sendResponseHeaders(200, 0); // in chunks, with the last one at the end
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        ApiClient client = new ClientBuilder()
                .setBasePath("http://127.0.0.1:" + server.getAddress().getPort())
                .build();
        client.setHttpClient(client.getHttpClient().newBuilder().readTimeout(Duration.ZERO).build());
        CoreV1Api api = new CoreV1Api(client);
        SharedInformerFactory factory = new SharedInformerFactory(client);
        factory.sharedIndexInformerFor(
                now -> api.listServiceForAllNamespaces()
                        .resourceVersion(now.resourceVersion)
                        .watch(now.watch)
                        .timeoutSeconds(now.timeoutSeconds)
                        .buildCall(null),
                V1Service.class,
                V1ServiceList.class);
        factory.startAllRegisteredInformers();
        if (!first.await(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("no watch came");
        }
        TimeUnit.SECONDS.sleep(10);
        System.out.println(watches.get());
        System.exit(0);
    }
}
JAVA
java -version 2>&1 | sed -n 1p
echo "client-java $VERSION"
watches=$(java -cp "$(<classpath)" Try.java)
printf 'Watches in 10 s, each of which the server ended in order at once: %s\n' "$watches"
((watches > 30)) || { echo "not seen any more" >&2; exit 1; }
