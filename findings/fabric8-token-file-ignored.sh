#!/usr/bin/env bash
# fabric8's kubernetes-client reads a kubeconfig's tokenFile into its model and never uses it.
#
# One would expect: a user with `tokenFile: FILE` is known by the token in that file, as by kubectl; the model has the field.
# What happens:     requests carry no Authorization header: the server answers 401, or serves them as anonymous.
# Affected:         programs with a token that is replaced on disk (projected service account tokens in a kubeconfig): the
#                   program has no identity, and no message says that the setting was passed over.
#
# Takes a JDK 18 or later and Maven; no root.
set -euo pipefail

VERSION=7.5.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-client-api</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-httpclient-okhttp</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }
echo from-the-file >token

cat >Try.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

class Try {
    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String who = exchange.getRequestHeaders().getFirst("Authorization");
            byte[] answer = String.valueOf(who).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        Path kubeconfig = Files.writeString(Path.of("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: it
                contexts: [{name: it, context: {cluster: it, user: me}}]
                clusters: [{name: it, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: me, user: {%s}}]
                """.formatted(server.getAddress().getPort(), args[0]));
        Config config = Config.fromKubeconfig(kubeconfig.toFile());
        try (HttpClient client = HttpClientUtils.getHttpClientFactory().newBuilder(config).build()) {
            System.out.println(client.sendAsync(
                            client.newHttpRequestBuilder().uri(config.getMasterUrl()).build(), String.class)
                    .get()
                    .body());
        } finally {
            server.stop(0);
        }
    }
}
JAVA
try() { java -cp "$(<classpath)" Try.java "$1"; }
java -version 2>&1 | sed -n 1p
echo "kubernetes-client $VERSION"
plain=$(try 'token: in-place') file=$(try "tokenFile: $folder/token")
printf 'Authorization with token:     %s\nAuthorization with tokenFile: %s\n' "$plain" "$file"
[[ $plain == 'Bearer in-place' && $file == null ]] || { echo "not seen any more" >&2; exit 1; }
