package io.pointsman.testkit.outsiders;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Resource limits of an agent.
 *
 * @param heapMebibytes size of the heap; 0 leaves it to the JVM
 * @param descriptors number of file descriptors; 0 leaves the limit as it is
 * @param stateBytes size of a separate file system for the state directory, visible only to the agent and through its
 *     process; 0 for none
 */
public record AgentLimits(int heapMebibytes, int descriptors, long stateBytes) {
    public static final AgentLimits NONE = new AgentLimits(0, 0, 0);

    public AgentLimits withHeap(int mebibytes) {
        return new AgentLimits(mebibytes, descriptors, stateBytes);
    }

    public AgentLimits withDescriptors(int limit) {
        return new AgentLimits(heapMebibytes, limit, stateBytes);
    }

    public AgentLimits withStateOf(long bytes) {
        return new AgentLimits(heapMebibytes, descriptors, bytes);
    }

    List<String> jvmFlags() {
        return heapMebibytes == 0 ? List.of() : List.of("-Xmx" + heapMebibytes + "m");
    }

    /** Returns a command line that runs another one with these limits. */
    List<String> around(List<String> command, String stateDirectory) {
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        final List<String> whole = new ArrayList<>();
        if (stateBytes > 0) {
            whole.addAll(List.of(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t tmpfs -o size=" + stateBytes + ",mode=0700 tmpfs \"$0\" && exec \"$@\"",
                    stateDirectory));
        }
        if (descriptors > 0) {
            whole.addAll(List.of("sh", "-c", "ulimit -n " + descriptors + " && exec \"$@\"", "sh"));
        }
        whole.addAll(command);
        return whole;
    }
}
