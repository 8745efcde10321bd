package io.pointsman.agent.kubeproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds kube-proxy at work. */
public final class KubeProxyProcesses {
    private static final Path PROC = Path.of("/proc");
    private static final String NAME = "kube-proxy";

    private KubeProxyProcesses() {}

    /**
     * The process ids of every kube-proxy in this process's network namespace; of those that can be seen, which in a pod
     * without {@code hostPID} are none.
     */
    public static List<Long> here() throws IOException {
        final Path network = Files.readSymbolicLink(PROC.resolve("self/ns/net"));
        final List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (isKubeProxy(process, network)) {
                    found.add(Long.parseLong(String.valueOf(process.getFileName())));
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    private static boolean isKubeProxy(Path process, Path network) {
        try {
            return Files.readString(process.resolve("comm")).strip().equals(NAME)
                    && Files.readSymbolicLink(process.resolve("ns/net")).equals(network);
        } catch (IOException _) {
            return false; // it ended while it was looked at, or is somebody's whose namespaces may not be seen
        }
    }
}
