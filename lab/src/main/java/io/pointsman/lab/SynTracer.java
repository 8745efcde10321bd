package io.pointsman.lab;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.socket.FrameFilter;
import io.pointsman.linux.socket.PacketCapture;
import io.pointsman.spi.FlowRecord.Tuple;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Captures first packets of TCP connections on the interfaces of every host: before and after translation. */
final class SynTracer implements AutoCloseable {
    private final List<PacketCapture> captures = new ArrayList<>();
    private final Map<String, Set<Tuple>> seen = new LinkedHashMap<>(); // guarded by itself
    private volatile @Nullable KernelException failure;

    private SynTracer() {}

    static SynTracer start(Collection<LabHost> hosts) throws IOException {
        final SynTracer tracer = new SynTracer();
        try {
            for (LabHost host : hosts) {
                final PacketCapture capture = host.call(() -> PacketCapture.open(0, FrameFilter.TCP_SYN));
                tracer.captures.add(capture);
                Thread.ofPlatform()
                        .daemon()
                        .name("lab tracer " + host.name())
                        .start(() -> tracer.watch(host.name(), capture));
            }
            return tracer;
        } catch (IOException | RuntimeException e) {
            tracer.close();
            throw e;
        }
    }

    private void watch(String host, PacketCapture capture) {
        try {
            boolean isOpen = true;
            while (isOpen) {
                isOpen = capture.next((frame, _) -> SynFrame.parse(frame).ifPresent(tuple -> add(host, tuple)));
            }
        } catch (KernelException e) {
            failure = e;
        }
    }

    private void add(String host, Tuple tuple) {
        synchronized (seen) {
            seen.computeIfAbsent(host, _ -> new LinkedHashSet<>()).add(tuple);
        }
    }

    /** Forgets the packets seen so far. */
    void clear() {
        synchronized (seen) {
            seen.clear();
        }
    }

    /** Returns the packets seen on a host since {@link #clear}, in order. */
    List<Tuple> seenOn(String host) throws IOException {
        final KernelException failed = failure;
        if (failed != null) {
            throw new IOException("the capture stopped", failed);
        }
        synchronized (seen) {
            return List.copyOf(seen.getOrDefault(host, Set.of()));
        }
    }

    @Override
    public void close() {
        captures.forEach(PacketCapture::close);
        captures.clear();
    }
}
