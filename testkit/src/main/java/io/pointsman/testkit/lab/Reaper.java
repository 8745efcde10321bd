package io.pointsman.testkit.lab;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A second process that outlives this one, however it ends, by a moment: once the pipe between them breaks, it kills what
 * still runs on the hosts of this process's labs and removes them. It has its own session, so that Ctrl-C does not reach it.
 */
final class Reaper {
    private static final String SCRIPT = """
            cat >/dev/null
            for ns in /run/netns/"$1"*; do
              [ -e "$ns" ] || continue
              inode=$(stat -Lc %i "$ns")
              for link in /proc/[0-9]*/ns/net; do
                [ "$(readlink "$link" 2>/dev/null)" = "net:[$inode]" ] || continue
                pid=${link#/proc/}
                kill -9 "${pid%%/*}" 2>/dev/null
              done
              umount -l "$ns" 2>/dev/null
              rm -f "$ns"
            done
            """;

    private static @Nullable Process reaper; // guarded by the class

    private Reaper() {}

    /** Starts a reaper for this process; on a machine without a shell there is none, and the next lab cleans up. */
    static synchronized void watch() {
        if (reaper != null && reaper.isAlive()) {
            return;
        }
        try {
            reaper = new ProcessBuilder(List.of(
                            "setsid",
                            "sh",
                            "-c",
                            SCRIPT,
                            "reaper",
                            Janitor.prefix(ProcessHandle.current().pid())))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            System.err.println(
                    "labs of this process are only cleaned up by the next one if it is killed: " + e.getMessage());
        }
    }
}
