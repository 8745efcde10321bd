#!/usr/bin/env bash
# The official Java client can't list EndpointSlices when one of them has no endpoints.
#
# One would expect: "endpoints":null, which is what kube-apiserver writes for every slice without (also when [] was sent to it), reads as no
#                   endpoints, as it does in Go, with kubectl and with fabric8.
# What happens:     IllegalArgumentException "Expected the field `endpoints` to be an array in the JSON string but got `null`", and the whole list
#                   is lost with it. The models that its generator makes check every array before they read it.
# Affected:         every list of EndpointSlices in a cluster with one Service whose pods are all gone. Reflectors and informers list, too.
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
import io.kubernetes.client.openapi.apis.DiscoveryV1Api;
import java.net.InetSocketAddress;

class Try {
    public static void main(String[] args) throws Exception {
        byte[] answer = ("{\"kind\":\"EndpointSliceList\",\"apiVersion\":\"discovery.k8s.io/v1\",\"metadata\":{\"resourceVersion\":\"1\"},"
                + "\"items\":[{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\"},\"addressType\":\"IPv4\"," + args[0] + "}]}").getBytes();
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
            System.out.println(new DiscoveryV1Api(client).listEndpointSliceForAllNamespaces().execute().getItems().size() + " slice");
        } catch (RuntimeException e) {
            System.out.println(e);
        } finally {
            System.exit(0);
        }
    }
}
JAVA
try() { java -cp "$(<classpath)" Try.java "$1" 2>/dev/null; }
java -version 2>&1 | sed -n 1p
echo "client-java $VERSION"
empty=$(try '"endpoints":[],"ports":[]') null=$(try '"endpoints":null,"ports":null')
printf '"endpoints":[]:   %s\n"endpoints":null: %s\n' "$empty" "$null"
[[ $empty == '1 slice' && $null == *'Expected the field `endpoints` to be an array'* ]] || { echo "not seen any more" >&2; exit 1; }
