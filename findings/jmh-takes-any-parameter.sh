#!/usr/bin/env bash
# JMH measures something else than the command line says when a parameter is misspelt, and labels it as asked when a value is no boolean.
#
# Guessed: `-p` with a name that no benchmark has is refused, as a regular expression that matches none is; so is `banana` for a boolean,
#          as it is for a number.
# What happens: the name is ignored, all of the parameter's own values are run, exit code 0. The boolean runs as false under the label
#          "banana". A number that can't be read, and a benchmark that throws, leave their row out of the table, exit code 0 as
#          well (there is `-foe true` for that, and nothing for the others).
# Affected:    scripts that compare two builds: both ran the defaults, or one row of the table is another's.
#
# Takes a JDK 17 or later and Maven; no root.
set -euo pipefail

VERSION=1.37
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.openjdk.jmh</groupId><artifactId>jmh-core</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.openjdk.jmh</groupId><artifactId>jmh-generator-annprocess</artifactId><version>$VERSION</version></dependency>
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }

cat >Sum.java <<'JAVA'
package finding;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 1, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 1, time = 50, timeUnit = TimeUnit.MILLISECONDS)
public class Sum {
    @Param({"1", "2"})
    public int size;

    @Param("true")
    public boolean ordered;

    @Setup
    public void tell() {
        System.out.println("# ran with size " + size + ", ordered " + ordered);
    }

    @Benchmark
    public int sum() {
        return size + (ordered ? 1 : 0);
    }
}
JAVA
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
"$java_home/bin/javac" -processor org.openjdk.jmh.generators.BenchmarkProcessor -cp "$(cat classpath)" -d classes Sum.java
"$java_home/bin/java" -version 2>&1 | head -n 1
echo "JMH $VERSION"

result=0
expect() { # arguments, what ran, rows of the table
  local code=0
  # shellcheck disable=SC2086 # several arguments
  "$java_home/bin/java" -cp "$(cat classpath):classes" org.openjdk.jmh.Main Sum $1 >out 2>&1 || code=$?
  local ran rows
  ran=$(grep -o '# ran with .*' out | sort -u | sed 's/# ran with //' | paste -sd';' || true)
  rows=$(awk '/^Sum\.sum/ { print $2, $3 }' out | paste -sd';')
  echo "# $1: exit code $code, ran: $ran, table: $rows"
  [[ $code == 0 && $ran == "$2" && $rows == "$3" ]] || { echo "not so any more: $2 and $3 were expected" >&2; result=1; }
}
expect '-p sise=5' 'size 1, ordered true;size 2, ordered true' 'true 1;true 2'
expect '-p ordered=banana -p size=1' 'size 1, ordered false' 'banana 1'
expect '-p size=1,banana' 'size 1, ordered true' 'true 1'
exit $result
