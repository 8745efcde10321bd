package io.pointsman.bench.xdp;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Sends datagrams by a generator on the first core, and measures what reaches the sink. */
final class Datagrams implements AutoCloseable {
    private static final int SAMPLE_MILLIS = 20;

    private final Generator generator;
    private final Road road;

    private Datagrams(Generator generator, Road road) {
        this.generator = generator;
        this.road = road;
    }

    static Datagrams prepare(Road road, int flows) throws IOException {
        return new Datagrams(
                road.client.call(() -> Generator.open(flows, road.hardwareAddress, road.clientLink)), road);
    }

    /**
     * Result of sending.
     *
     * @param received packets that reached the sink
     * @param megaRate millions of packets per second, from the first that reached the sink to the last
     */
    record Outcome(long received, double megaRate) {}

    /** Sends this number of datagrams. */
    Outcome send(int packets) throws IOException {
        final FutureTask<Boolean> task = new FutureTask<>(() -> Cores.onFirst(() -> road.client.call(() -> {
            generator.burst(packets);
            return true;
        })));
        final long before = road.received();
        long startNanos = System.nanoTime();
        long endNanos = startNanos;
        long started = before;
        long received = before;
        Thread.ofPlatform().name("generator").start(task);
        try {
            while (!task.isDone()) {
                Thread.sleep(SAMPLE_MILLIS);
                final long now = road.received();
                final long nowNanos = System.nanoTime();
                if (started == before) { // none had arrived yet
                    started = now;
                    startNanos = nowNanos;
                } else if (now > received) {
                    endNanos = nowNanos;
                }
                received = now;
            }
            final boolean _ = task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("the generator failed", e.getCause());
        }
        return new Outcome(
                road.received() - before,
                endNanos <= startNanos ? 0 : (received - started) * 1e3 / (endNanos - startNanos));
    }

    @Override
    public void close() {
        generator.close();
    }
}
