package io.pointsman.examples.sourceip;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The sample's manifests in a folder of their own, and its echo servers, with every port replaced by a free one, so that
 * tests do not conflict with a running sample.
 */
final class SampleCluster implements AutoCloseable {
    private static final Path SAMPLE = Path.of("").toAbsolutePath();
    private static final int FIRST_PORT = 10_000; // below the kernel's range of ephemeral ports
    private static final int LAST_PORT = 30_000;
    private static final int MAX_TRIES = 1000;

    final Path folder;
    final Path config;
    private final Map<Integer, Integer> ports = new TreeMap<>();
    private final EchoServer echoServers;

    SampleCluster(Path folder) throws IOException {
        this.folder = folder.resolve("manifests");
        config = folder.resolve("pointsman.yaml");
        final Set<Integer> taken = new HashSet<>();
        for (int port : List.of(8080, 30_080, 30_081, 32_122, 10_249, 10_256)) {
            ports.put(port, freePort(taken));
        }
        Files.createDirectories(this.folder);
        copy(SAMPLE.resolve("pointsman.yaml"), config);
        // the replaced node ports may have any number
        Files.writeString(config, "service-node-port-range: 1-65535\n", StandardOpenOption.APPEND);
        try (Stream<Path> files = Files.list(SAMPLE.resolve("manifests"))) {
            for (Path file : files.toList()) {
                copy(file, this.folder.resolve(file.getFileName()));
            }
        }
        echoServers = EchoServer.start(List.of(address("127.180.1.136", 8080), address("127.180.1.137", 8080)));
    }

    private void copy(Path from, Path to) throws IOException {
        Files.writeString(to, translate(Files.readString(from)));
    }

    private String translate(String text) {
        String result = text;
        for (Map.Entry<Integer, Integer> port : ports.entrySet()) {
            result = result.replaceAll("\\b" + port.getKey() + "\\b", Integer.toString(port.getValue()));
        }
        return result;
    }

    private static int freePort(Set<Integer> taken) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            final int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            if (taken.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port found");
    }

    /** Whether a port is free on every address. */
    static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Returns the port that replaces one of the sample. */
    int port(int samplePort) {
        return ports.getOrDefault(samplePort, 0);
    }

    /** Returns every port except the echo servers'. */
    List<Integer> agentPorts() {
        return ports.entrySet().stream()
                .filter(port -> port.getKey() != 8080)
                .map(Map.Entry::getValue)
                .toList();
    }

    InetSocketAddress address(String host, int samplePort) {
        return EchoServer.parse(host + ":" + port(samplePort));
    }

    /** Changes the Services' manifest as an editor does: moves a new file over the old one. */
    void edit(String text, String replacement) throws IOException {
        final Path services = folder.resolve("services.yaml");
        final String before = Files.readString(services);
        final String after = before.replace(translate(text), translate(replacement));
        if (after.equals(before)) {
            throw new IllegalArgumentException("the manifest has no \"" + text + "\"");
        }
        final Path temporary = folder.resolve(".services.yaml.swp");
        Files.writeString(temporary, after);
        Files.move(temporary, services, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() {
        echoServers.close();
    }
}
