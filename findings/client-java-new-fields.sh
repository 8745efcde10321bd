#!/usr/bin/env bash
# The official Java client can't read an object that has a field which is newer than the client.
#
# One would expect: an unknown field is left alone. That is how Kubernetes adds fields without a new version of its API, and why a client may be
#                   some versions older than the server.
# What happens:     IllegalArgumentException "The field `…` in the JSON string is not defined in the `V1ServicePort` properties": for an answer of
#                   the server, and with it for the whole list; and for a manifest read with Yaml.load.
# Affected:         programs with this client, on the day after the cluster was upgraded, as soon as an object has the new field.
#
# Takes a JDK 17 or later and Maven; no root.
set -euo pipefail

VERSION=24.0.0
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
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.util.Yaml;
import java.net.InetSocketAddress;

class Try {
    public static void main(String[] args) throws Exception {
        String service = "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web\"},\"spec\":{\"ports\":[{\"port\":80" + args[0] + "}]}}";
        byte[] answer = ("{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[" + service + "]}").getBytes();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try {
            ApiClient client = new ApiClient();
            client.setBasePath("http://127.0.0.1:" + server.getAddress().getPort());
            System.out.println("list: " + new CoreV1Api(client).listServiceForAllNamespaces().execute().getItems().size() + " Service");
        } catch (RuntimeException e) {
            System.out.println("list: " + e);
        }
        try {
            System.out.println("manifest: " + Yaml.load(service).getClass().getSimpleName());
        } catch (RuntimeException e) {
            System.out.println("manifest: " + e.getMessage().lines().filter(line -> line.contains("Unable to find property")).findFirst().orElse(e.toString()));
        }
        System.exit(0);
    }
}
JAVA
try() { java -cp "$(<classpath)" Try.java "$1" 2>/dev/null; }
java -version 2>&1 | sed -n 1p
echo "client-java $VERSION"
known=$(try '') newer=$(try ',"newer":"field"')
printf 'fields that it knows:\n%s\none more:\n%s\n' "$known" "$newer"
[[ $known == *'list: 1 Service'*'manifest: V1Service'* ]] &&
  [[ $newer == *'list: '*'is not defined in the `V1ServicePort` properties'*'manifest: Unable to find property'* ]] || { echo "not seen any more" >&2; exit 1; }
