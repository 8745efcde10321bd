#!/usr/bin/env bash
# fabric8's kubernetes-client reads what an exec plugin writes to standard error as part of its answer.
#
# One would expect: the ExecCredential is what the plugin prints; standard error is for people, as with kubectl, which shows it.
# What happens:     both streams are one. A warning before or after the JSON makes it unreadable, and the client goes on without a token:
#                   the server then answers 401. (It also waits for a plugin without a limit of time.)
# Affected:         programs whose login program prints a warning: a newer version, a deprecated flag, a token that it renews.
#
# Takes a JDK 17 or later and Maven; no root.
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

cat >login <<'LOGIN'
#!/bin/sh
[ -z "$1" ] || echo "$1" >&2
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-the-plugin"}}'
LOGIN
chmod +x login

cat >Try.java <<'JAVA'
import io.fabric8.kubernetes.client.Config;
import java.nio.file.Files;
import java.nio.file.Path;

class Try {
    public static void main(String[] args) throws Exception {
        Path kubeconfig = Files.writeString(Path.of("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: it
                contexts: [{name: it, context: {cluster: it, user: me}}]
                clusters: [{name: it, cluster: {server: "http://127.0.0.1:1"}}]
                users:
                - name: me
                  user:
                    exec:
                      apiVersion: client.authentication.k8s.io/v1
                      command: %s
                      args: ["%s"]
                      interactiveMode: Never
                """.formatted(Path.of("login").toAbsolutePath(), args[0]));
        System.out.println(Config.fromKubeconfig(kubeconfig.toFile()).getAutoOAuthToken());
    }
}
JAVA
try() { java -cp "$(<classpath)" Try.java "$1"; }
java -version 2>&1 | sed -n 1p
echo "kubernetes-client $VERSION"
quiet=$(try '') warning=$(try 'warning: a newer version is available')
printf 'token of a quiet plugin:      %s\ntoken of one that also warns: %s\n' "$quiet" "$warning"
[[ $quiet == from-the-plugin && $warning == null ]] || { echo "not seen any more" >&2; exit 1; }
