package io.pointsman.agent.kubeproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds running kube-proxy processes. */
public final class KubeProxyProcesses {
    private static final Path PROC = Path.of("/proc");
    private static final String NAME = "kube-proxy";

    private KubeProxyProcesses() {}

    /**
     * Returns the ids of all kube-proxy processes in this process's network namespace that are visible; in a pod without
     * {@code hostPID}, none are.
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
            return false; // it has ended, or belongs to a user whose namespaces may not be read
        }
    }
}
