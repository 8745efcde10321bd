package io.pointsman.bench.look;

import io.pointsman.bench.engine.EngineProvider;
import io.pointsman.bench.engine.PacketCounts;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An agent whose backend is the engine alone, into which a thread sends packets at full speed while it works. */
final class EngineAgent implements Contender, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3); // nothing that is measured
    private static final long LOOK_MILLIS = 50;
    private static final String OPTIONS = "agent/target/jvm.options";

    private final NetworkNamespace node;
    private final int services;
    private final Path records;
    private final Process process;
    private final PacketCounts counts;

    private EngineAgent(NetworkNamespace node, int services, Path records, Process process, PacketCounts counts) {
        this.node = node;
        this.services = services;
        this.records = records;
        this.process = process;
        this.counts = counts;
    }

    /** Starts an agent, and returns once packets have flowed; from then on, they flow only in {@link #work}. */
    static EngineAgent start(
            Path build,
            String name,
            Map<String, String> settings,
            Namespaces namespaces,
            Path folder,
            Path manifest,
            int services)
            throws IOException, InterruptedException {
        final NetworkNamespace node = namespaces.make("look-" + name);
        final Path own = folder.resolve(name);
        final Path records = WatchedAgent.records(own, EngineProvider.NAME);
        final Process process = WatchedAgent.launch(
                AgentBuild.ofClassPath(build.resolve(OPTIONS)), node, own, EngineProvider.NAME, settings, manifest);
        final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (process.isAlive() && System.nanoTime() - deadlineNanos < 0) {
            if (Files.exists(records.resolve(PacketCounts.FILE))) {
                final PacketCounts counts = PacketCounts.of(records);
                if (counts.packets() > 0) {
                    counts.pause(true);
                    return new EngineAgent(node, services, records, process, counts);
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        process.destroyForcibly().onExit().join();
        throw new IOException("no packet flows; the agent said:\n" + Files.readString(own.resolve(WatchedAgent.LOG)));
    }

    @Override
    public Process process() {
        return process;
    }

    @Override
    public Viewer viewer(Looking looking) throws IOException {
        return Viewer.start(node, services, looking, records);
    }

    @Override
    public Work work(double seconds) throws InterruptedException {
        final long nanosBefore = System.nanoTime();
        final long packetsBefore = counts.packets();
        counts.pause(false);
        TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
        final Work work = new Work(counts.packets() - packetsBefore, (System.nanoTime() - nanosBefore) / 1e9);
        counts.pause(true);
        return work;
    }

    /** Returns the processor time of the thread that sends. */
    @Override
    public double cpuSeconds() {
        return counts.cpuNanos() / 1e9;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
