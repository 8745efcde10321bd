#!/usr/bin/env bash
# JDK 25's AOT cache leaves out every class that was compiled for Java 5, such as all of picocli, and says nothing of it.
#
# One would expect: what the training run loaded is in the cache, whatever version its class files have. The older archive of
#                   classes (-XX:SharedArchiveFile, from a list of classes) does take some of them.
# What happens:     classes of version 49 and older, which have no stack maps, are left out of the AOT cache. Each start reads
#                   them from the JAR and verifies them by the old way. Of picocli 4.7.7 (version 49) that is each class.
# Affected:         command line programs with picocli that start often and have an AOT cache for it: some 170 classes a start,
#                   a tenth of a second of processor time. No warning says so; -Xlog:class+load does.
#
# Takes a JDK 25 or later (JAVA_HOME) and Maven; no root.
set -euo pipefail

VERSION=4.7.7
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>info.picocli</groupId><artifactId>picocli</artifactId><version>$VERSION</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }
picocli=$(<classpath)
cat >Hello.java <<'JAVA'
import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(name = "hello")
public class Hello implements Runnable {
    record Told(String name) {}

    public void run() {
        System.out.println(new Told("hello"));
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new Hello()).execute(args));
    }
}
JAVA
"${java}c" -cp "$picocli" -d classes Hello.java
"${java%java}jar" cf hello.jar -C classes .
path=hello.jar:$picocli

# Prints how many classes of a package a start takes from the archive, and how many from JARs.
count() {
  local log=$1 prefix=$2
  echo "$(grep -cE "\] $prefix.*source: shared objects file" "$log" || true) from the archive," \
    "$(grep -E "\] $prefix" "$log" | grep -cv 'shared objects file' || true) from the JAR"
}

"$java" -version 2>&1 | head -1
"${java%java}jar" xf "$picocli" picocli/CommandLine.class
echo "picocli $VERSION, class files of version $(od -An -j7 -N1 -tu1 picocli/CommandLine.class | tr -d ' ')"

"$java" -XX:AOTCacheOutput=hello.aot -cp "$path" Hello >train.log 2>&1
"$java" -XX:AOTCache=hello.aot -Xlog:class+load:file=aot.log -cp "$path" Hello >/dev/null
"$java" -Xshare:off -XX:DumpLoadedClassList=classes.list -cp "$path" Hello >/dev/null
"$java" -Xshare:dump -XX:SharedClassListFile=classes.list -XX:SharedArchiveFile=hello.jsa -cp "$path" >dump.log 2>&1
"$java" -XX:SharedArchiveFile=hello.jsa -Xlog:class+load:file=cds.log -cp "$path" Hello >/dev/null

aot=$(count aot.log 'picocli\.')
cds=$(count cds.log 'picocli\.')
echo "AOT cache:      picocli $aot; Hello $(count aot.log 'Hello')"
echo "class archive:  picocli $cds; Hello $(count cds.log 'Hello')"
[[ $aot == '0 from the archive, '[1-9]* && $cds != '0 from the archive, '* ]] || { echo 'CHANGED: this is no longer so' >&2; exit 1; }
