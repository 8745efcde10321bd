#!/usr/bin/env bash
# fabric8's kubernetes-client and the official Java client ignore a kubeconfig's tls-server-name: the certificate is held against the address.
#
# Guessed: a cluster's tls-server-name ("used to check server certificate" instead of the host name in server) does in Java what it does for
#          kubectl: a server that is reached by another address, through a tunnel say, is checked by the name that its certificate has.
# What happens: fabric8 reads the field into its model and uses it nowhere, the official client does not read it. Both refuse the certificate
#          and name the address. Neither tells of the field; what is left is insecure-skip-tls-verify, or /etc/hosts.
# Affected:    users whose kubeconfig works with kubectl and not with a controller in Java: API servers behind tunnels, load balancers and
#          private endpoints.
#
# Takes a JDK 17 or later, Maven and openssl; no root.
set -euo pipefail

FABRIC8=7.5.2
OFFICIAL=24.0.0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-client-api</artifactId><version>$FABRIC8</version></dependency>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-httpclient-jdk</artifactId><version>$FABRIC8</version></dependency>
<dependency><groupId>io.kubernetes</groupId><artifactId>client-java</artifactId><version>$OFFICIAL</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }
for names in DNS:kubernetes DNS:kubernetes,IP:127.0.0.1; do
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out "$names.pem" -days 2 -subj /CN=kubernetes -addext "subjectAltName=$names" 2>/dev/null
  openssl pkcs12 -export -inkey key.pem -in "$names.pem" -out "$names.p12" -passout pass:secret
done
cat >Try.java <<'JAVA'
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import java.io.FileReader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

class Try {
    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance(Path.of(args[0] + ".p12").toFile(), "secret".toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, "secret".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        Files.writeString(Path.of("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: it
                contexts: [{name: it, context: {cluster: it, user: me}}]
                clusters: [{name: it, cluster: {server: "https://127.0.0.1:%d", tls-server-name: kubernetes, certificate-authority: "%s"}}]
                users: [{name: me, user: {token: t}}]
                """.formatted(server.getAddress().getPort(), Path.of(args[0] + ".pem").toAbsolutePath()));
        System.out.println("  fabric8: " + fabric8());
        System.out.println("  official: " + official());
        if (args.length > 1) { // another program's turn
            int code = new ProcessBuilder(args[1], "--kubeconfig", "kubeconfig", "get", "--raw", "/")
                    .redirectErrorStream(true).redirectOutput(Path.of("other.log").toFile()).start().waitFor();
            System.out.println("  " + args[1] + ": exit code " + code);
        }
        System.exit(0);
    }

    static String fabric8() throws Exception {
        Config config = Config.fromKubeconfig(Path.of("kubeconfig").toFile());
        config.setRequestRetryBackoffLimit(0);
        try (HttpClient client = HttpClientUtils.getHttpClientFactory().newBuilder(config).build()) {
            return "answer " + client.sendAsync(client.newHttpRequestBuilder().uri(config.getMasterUrl()).build(), String.class).get().code();
        } catch (Exception e) {
            return reason(e);
        }
    }

    static String official() throws Exception {
        try {
            var client = ClientBuilder.kubeconfig(KubeConfig.loadKubeConfig(new FileReader("kubeconfig"))).build();
            var request = new okhttp3.Request.Builder().url(client.getBasePath()).build();
            return "answer " + client.getHttpClient().newCall(request).execute().code();
        } catch (Exception e) {
            return reason(e);
        }
    }

    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage().lines().findFirst().orElse("");
    }
}
JAVA
java -version 2>&1 | sed -n 1p
echo "kubernetes-client $FABRIC8, client-java $OFFICIAL"
try() { # the names of the server's certificate
  echo "https://127.0.0.1, tls-server-name kubernetes, certificate of $1"
  # shellcheck disable=SC2046 # kubectl where there is one
  java -cp "$(<classpath)" Try.java "$1" $(command -v kubectl >/dev/null && echo kubectl)
}
seen=$(try DNS:kubernetes)
echo "$seen"
control=$(try DNS:kubernetes,IP:127.0.0.1)
echo "$control"
[[ $(grep -cE '^  (fabric8|official): .*127.0.0.1' <<<"$seen") -eq 2 && $(grep -cE '^  (fabric8|official): answer 200$' <<<"$control") -eq 2 ]] ||
  { echo "not seen any more" >&2; exit 1; }
