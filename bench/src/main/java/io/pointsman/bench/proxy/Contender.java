package io.pointsman.bench.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A proxy between client and endpoint, in a process of its own, or a direct connection. */
final class Contender implements AutoCloseable {
    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final int port;
    private final @Nullable Process process;

    private Contender(String name, int port, @Nullable Process process) {
        this.name = name;
        this.port = port;
        this.process = process;
    }

    static Contender direct(int endpointPort) {
        return new Contender("direct", endpointPort, null);
    }

    static Contender haproxy(int endpointPort, int threads, boolean splice) throws IOException {
        final int port = freePort();
        final Path config = Files.createTempFile("haproxy", ".cfg");
        config.toFile().deleteOnExit();
        Files.writeString(config, """
                global
                  nbthread %d
                  maxconn 4000
                defaults
                  mode tcp
                  %s
                  timeout connect 5s
                  timeout client 1h
                  timeout server 1h
                listen bench
                  bind 127.0.0.1:%d
                  server one 127.0.0.1:%d
                """.formatted(threads, splice ? "option splice-auto" : "", port, endpointPort));
        final Process process = new ProcessBuilder("haproxy", "-q", "-db", "-f", config.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return started(splice ? "haproxy-splice" : "haproxy", port, process);
    }

    static Contender pointsman(int endpointPort, int threads, List<String> jvmFlags, List<String> settings)
            throws IOException {
        final int port = freePort();
        final Process process = startPointsman(port, endpointPort, threads, jvmFlags, settings);
        final Thread _ = Thread.ofVirtual().start(() -> {
            try (var output = process.getInputStream()) {
                output.skip(Long.MAX_VALUE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return started("pointsman", port, process);
    }

    /** Starts the backend in a process of its own; {@link ProxyMain} says what it reads and prints. */
    static Process startPointsman(int port, int endpointPort, int threads, List<String> jvmFlags, List<String> settings)
            throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvmFlags);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                ProxyMain.class.getName(),
                Integer.toString(port),
                Integer.toString(endpointPort),
                "event-loops=" + threads));
        command.addAll(settings);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Contender started(String name, int port, Process process) throws IOException {
        final Contender contender = new Contender(name, port, process);
        final long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
        while (!contender.answers()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                process.destroy();
                throw new IOException(name + " did not start");
            }
        }
        return contender;
    }

    private boolean answers() {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    boolean isJvm() {
        return name.equals("pointsman");
    }

    int port() {
        return port;
    }

    /** Returns the processor time used so far, in seconds; 0 for a direct connection. */
    double cpuSeconds() {
        return process == null
                ? 0
                : process.info()
                        .totalCpuDuration()
                        .map(used -> used.toNanos() / 1e9)
                        .orElse(Double.NaN);
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroy();
            process.onExit().join();
        }
    }
}
