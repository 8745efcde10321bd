package io.pointsman.testkit.outsiders;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What an agent gets of its machine.
 *
 * @param heapMebibytes 0 leaves it to the JVM
 * @param descriptors 0 leaves it as it is
 * @param stateBytes size of a file system of its own for the state directory, which only the agent and those who look by way
 *     of its process see; 0 for none
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

    /** A command line that gives this one its limits. */
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
