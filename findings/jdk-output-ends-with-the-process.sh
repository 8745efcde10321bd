#!/usr/bin/env bash
# In Java the output of a program ends when the program does, or only when its child lets go of it: it depends on who reads when.
#
# One would expect: as with any pipe, output goes on while a process has it open: a child of the program that writes later is
#                   read, and who keeps the pipe open can be told by the read that does not return.
# What happens:     once the JDK has seen the program's end it swaps Process.getInputStream for what was in the pipe by then. A
#                   read that begins afterwards gets the end of the stream at once, and the child's words are lost; a read that
#                   was waiting already gets them. So a reader that is busy for a moment sees another program than one that waits.
# Affected:         programs that start others that leave a child behind (daemons, mount helpers, modprobe and its hooks) and read
#                   what they say, or wait for the end of output to know that no process is left.
#
# Takes a JDK 17 or later; no root.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >Try.java <<'JAVA'
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

class Try {
    /** A program that ends at once, and a child of it that has its output and speaks a second later. */
    private static Process start() throws Exception {
        return new ProcessBuilder("sh", "-c", "(sleep 1; echo late) & sleep 0.3").start();
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    public static void main(String[] args) throws Exception {
        System.out.println("JDK " + Runtime.version());
        Process waited = start();
        CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> read(waited));
        waited.waitFor();
        System.out.println("a read that waits when the program ends: \"" + waiting.get() + "\"");
        Process late = start();
        late.waitFor();
        Thread.sleep(100);
        System.out.println("a read that begins after it:             \"" + read(late) + "\"");
    }
}
JAVA
java Try.java | tee seen
grep -q 'waits when the program ends: "late"$' seen && grep -q 'begins after it: *""$' seen || {
  echo "this has changed" >&2
  exit 1
}
