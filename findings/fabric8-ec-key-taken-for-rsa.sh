#!/usr/bin/env bash
# fabric8's kubernetes-client takes every client key in "BEGIN PRIVATE KEY" for an RSA key.
#
# One would expect: PKCS#8 names the key's algorithm, so an elliptic one is read as what it is, as by kubectl.
# What happens:     the client can't be made ("Invalid DER: object is not integer"). The same key in "BEGIN EC PRIVATE KEY" is read,
#                   and so it is where the program says that its algorithm is EC, which no kubeconfig can.
# Affected:         programs whose kubeconfig holds a key of `openssl genpkey -algorithm EC`, or of an issuer that writes PKCS#8
#                   (cert-manager's encoding PKCS8): kubectl works, the Java program does not start.
#
# Takes a JDK 17 or later, Maven and openssl; no root.
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
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }

openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pkcs8.key 2>openssl.log ||
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pkcs8.key 2>openssl.log
openssl ec -in pkcs8.key -out sec1.key 2>>openssl.log
openssl req -x509 -new -key pkcs8.key -subj /CN=someone -days 1 -out client.crt 2>>openssl.log

cat >Try.java <<'JAVA'
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class Try {
    public static void main(String[] args) throws IOException {
        Path kubeconfig = Files.writeString(Path.of("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: it
                contexts: [{name: it, context: {cluster: it, user: me}}]
                clusters: [{name: it, cluster: {server: "https://127.0.0.1:1"}}]
                users: [{name: me, user: {client-certificate: client.crt, client-key: %s}}]
                """.formatted(args[0]));
        ConfigBuilder config = new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile()));
        if (args.length > 1) {
            config.withClientKeyAlgo(args[1]);
        }
        try {
            System.out.println(SSLUtils.keyManagers(config.build()).length == 1 ? "read" : "not read");
        } catch (Exception e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            System.out.println("refused: " + e.getClass().getSimpleName() + ": " + root.getMessage());
        }
    }
}
JAVA
try() { java -cp "$(<classpath)" Try.java "$@"; }
java -version 2>&1 | sed -n 1p
echo "kubernetes-client $VERSION, $(openssl version)"
sed -n 1p pkcs8.key
pkcs8=$(try pkcs8.key) said=$(try pkcs8.key EC) sec1=$(try sec1.key)
printf 'PKCS#8:             %s\nPKCS#8, algo is EC: %s\nBEGIN EC:           %s\n' "$pkcs8" "$said" "$sec1"
[[ $pkcs8 == refused:* && $said == read && $sec1 == read ]] || { echo "not seen any more" >&2; exit 1; }
