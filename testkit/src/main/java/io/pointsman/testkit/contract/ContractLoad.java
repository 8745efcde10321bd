package io.pointsman.testkit.contract;

import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/** Clients that connect, ask, and connect again, until closed. They stop at the first failure. */
final class ContractLoad implements AutoCloseable {
    // Leaves time to the backend. Also, the client's even ports, which are used first, are not reused while state of
    // their last connections remains.
    private static final long PAUSE_NANOS = 1_000_000;
    private static final long POLL_NANOS = 1_000_000;

    private final AtomicIntegerArray connections;
    private final Queue<ProbeResult> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean done;

    private ContractLoad(int clients) {
        connections = new AtomicIntegerArray(clients);
    }

    static ContractLoad start(LabHost from, Probe probe, int clients) {
        final ContractLoad load = new ContractLoad(clients);
        for (int i = 0; i < clients; i++) {
            final int client = i;
            load.threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("contract client " + i)
                    .start(() -> load.run(from, probe, client)));
        }
        return load;
    }

    private void run(LabHost from, Probe probe, int client) {
        while (!done && failures.isEmpty()) {
            final ProbeResult result = from.send(probe);
            if (result.answer().isEmpty()) {
                failures.add(result);
            }
            connections.incrementAndGet(client);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Returns the number of connections so far. */
    int connections() {
        int sum = 0;
        for (int i = 0; i < connections.length(); i++) {
            sum += connections.get(i);
        }
        return sum;
    }

    /** Returns once every current connection has ended, or one has failed. */
    void awaitThoseUnderWay() {
        for (int i = 0; i < connections.length(); i++) {
            final int before = connections.get(i);
            while (connections.get(i) == before
                    && failures.isEmpty()
                    && threads.get(i).isAlive()) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    /** Returns after this number of further connections, or if one has failed. */
    void await(int more) {
        final int before = connections();
        while (connections() < before + more && failures.isEmpty()) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Returns the results of failed connections. */
    List<ProbeResult> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        done = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
