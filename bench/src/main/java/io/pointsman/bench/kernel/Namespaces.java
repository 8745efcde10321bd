package io.pointsman.bench.kernel;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Network namespaces of one run. They are deleted when it ends, or, if it was killed, when the next run starts. */
public final class Namespaces implements AutoCloseable {
    private static final String PREFIX = "ptsbench";

    private final List<NetworkNamespace> made = new ArrayList<>();
    private final Thread hook = new Thread(this::delete, "bench-cleanup");

    /** Deletes the namespaces of runs that no longer exist. */
    public Namespaces() throws IOException {
        for (String name : NetworkNamespace.names()) {
            if (name.startsWith(PREFIX) && !isAlive(name)) {
                NetworkNamespace.named(name).delete();
            }
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private static boolean isAlive(String name) {
        final String pid = name.substring(PREFIX.length()).replaceFirst("-.*", "");
        return pid.matches("\\d+") && ProcessHandle.of(Long.parseLong(pid)).isPresent();
    }

    /** Creates a namespace with its loopback interface up. */
    public synchronized NetworkNamespace make(String purpose) throws IOException {
        final String name = PREFIX + ProcessHandle.current().pid() + "-" + purpose;
        final NetworkNamespace namespace = NetworkNamespace.create(name);
        made.add(namespace);
        run(namespace, "", "ip", "link", "set", "lo", "up");
        return namespace;
    }

    /** Runs a program in a namespace with this text as its input; fails unless it succeeds. */
    public static void run(NetworkNamespace namespace, String input, String... command) throws IOException {
        final Process process = namespace.call(() -> new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .start());
        try (var out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        }
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        }
    }

    private synchronized void delete() {
        try {
            for (NetworkNamespace namespace : made) {
                namespace.delete();
            }
            made.clear();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        delete();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
