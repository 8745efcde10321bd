package io.pointsman.examples.packetagent;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.xdp.FramePool;
import io.pointsman.linux.xdp.FrameWait;
import io.pointsman.linux.xdp.Steering;
import io.pointsman.linux.xdp.XdpSocket;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.PacketBatch;
import io.pointsman.nat.Reason;
import io.pointsman.nat.events.FlowEvent;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The packet loop: receives frames, processes them by the engine in batches, and sends them by the interface that the
 * kernel selects. Used by one thread. Allocates only for new flows and for packets that the kernel has to send.
 */
final class PacketForwarder implements Runnable {
    private static final int ETHERNET_BYTES = 14;
    private static final int IDLE_MILLIS = 100;
    private static final long HOUSEKEEPING_NANOS = 10_000_000L;
    private static final int SWEPT = 4096; // slots of the flow table for each sweep
    private static final int EVENTS = 1 << 14;

    private final NatEngine engine;
    private final NatWorker worker;
    private final FramePool frames;
    private final List<PacketPort> ports;
    private final Steering steering;
    private final NextHops hops;
    private final StackSender stack;
    private final boolean pollsBusily;
    private final PacketBatch batch = new PacketBatch();
    private final long[] addresses = new long[PacketBatch.DEFAULT_CAPACITY];
    private final int[] lengths = new int[PacketBatch.DEFAULT_CAPACITY];
    private final boolean[] hasSent; // by port index
    private final AtomicLong forwarded = new AtomicLong();
    private final AtomicLong byKernel = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private long housekeepingNanos = System.nanoTime();
    private volatile boolean isStopped;

    /** Packets since the start: sent by a socket, passed to the kernel, dropped. */
    record Counts(long forwarded, long byKernel, long dropped) {}

    PacketForwarder(
            NatEngine engine,
            FramePool frames,
            List<PacketPort> ports,
            Steering steering,
            NextHops hops,
            StackSender stack,
            boolean pollsBusily) {
        this.engine = engine;
        this.frames = frames;
        this.ports = List.copyOf(ports);
        this.steering = steering;
        this.hops = hops;
        this.stack = stack;
        this.pollsBusily = pollsBusily;
        worker = engine.newWorker();
        hasSent = new boolean[ports.size()];
        final int _ = engine.pollEvents(_ -> {}, EVENTS); // the engine keeps events from now on
    }

    @Override
    public void run() {
        try (FrameWait wait =
                new FrameWait(ports.stream().map(PacketPort::socket).toList())) {
            while (!isStopped) {
                final long now = System.nanoTime();
                int received = 0;
                for (int i = 0; i < ports.size(); i++) {
                    received += forward(ports.get(i), now);
                }
                if (now - housekeepingNanos >= 0) {
                    housekeepingNanos = now + HOUSEKEEPING_NANOS;
                    final int _ = engine.sweep(SWEPT, now);
                    followFlows();
                }
                if (received == 0 && !pollsBusily) {
                    wait.await(IDLE_MILLIS);
                }
            }
        }
    }

    /** Ends the loop within {@value #IDLE_MILLIS} ms. */
    void stop() {
        isStopped = true;
    }

    /** Returns the counts. Any thread may call it. */
    Counts counts() {
        return new Counts(forwarded.get(), byKernel.get(), dropped.get());
    }

    private int forward(PacketPort port, long now) {
        final XdpSocket socket = port.socket();
        socket.refill();
        final int count = socket.receive(addresses, lengths);
        if (count == 0) {
            return 0;
        }
        batch.clear();
        for (int i = 0; i < count; i++) {
            final long packet = addresses[i] + ETHERNET_BYTES;
            final int length = lengths[i] - ETHERNET_BYTES; // the XDP program has checked that there is an IP header
            Headers.finishChecksum(packet, length);
            batch.add(packet, length);
        }
        worker.process(batch, port.input(), now);
        boolean hasNewFlow = false;
        for (int i = 0; i < count; i++) {
            hasNewFlow |= batch.reason(i) == Reason.NEW_FLOW;
        }
        if (hasNewFlow) {
            followFlows(); // before the first packet is sent, whose reply must be steered here
        }
        int sent = 0;
        for (int i = 0; i < count; i++) {
            sent += settle(i, port.linkIndex(), now) ? 1 : 0;
        }
        forwarded.setOpaque(forwarded.getPlain() + sent);
        for (int i = 0; i < hasSent.length; i++) {
            if (hasSent[i]) {
                hasSent[i] = false;
                ports.get(i).socket().flush();
            }
        }
        return count;
    }

    /** Carries out the verdict on a packet; returns true if a socket took its frame. */
    private boolean settle(int i, int inputLink, long now) {
        final long packet = addresses[i] + ETHERNET_BYTES;
        boolean isSent = false;
        try {
            switch (batch.verdict(i)) {
                case FORWARD -> isSent = Headers.age(packet) ? send(i, packet, inputLink, now) : drop();
                case PASS, ADMIT -> handToKernel(packet);
                case REJECT -> reject(i);
                case DROP, INVALID -> drop();
            }
        } catch (KernelException _) { // counted: no route, longer than the link's MTU, or no memory
            drop();
        }
        if (!isSent) {
            frames.give(addresses[i]);
        }
        return isSent;
    }

    private boolean send(int i, long packet, int inputLink, long now) throws KernelException {
        final int out = hops.prepare(packet, inputLink, now);
        if (out == NextHops.BY_KERNEL) {
            handToKernel(packet);
            return false;
        }
        final XdpSocket socket = ports.get(out).socket();
        hasSent[out] = true;
        return socket.send(addresses[i], lengths[i]) || drop();
    }

    private void handToKernel(long packet) throws KernelException {
        stack.send(packet);
        byKernel.setOpaque(byKernel.getPlain() + 1);
    }

    private void reject(int i) throws KernelException {
        drop();
        if (batch.answerLength(i) > 0) {
            stack.send(batch.answer(i).address());
        }
    }

    private boolean drop() {
        dropped.setOpaque(dropped.getPlain() + 1);
        return false;
    }

    /** Steers replies of new flows here, and no longer those of ended flows. */
    private void followFlows() {
        final int _ = engine.pollEvents(this::follow, EVENTS);
    }

    private void follow(FlowEvent event) {
        try {
            switch (event.type()) {
                case NEW ->
                    steering.addReply(
                            event.protocol(),
                            event.endpoint(),
                            event.endpointPort(),
                            event.source(),
                            event.sourcePort());
                case DESTROY, EARLY_DROP -> {
                    final boolean _ = steering.removeReply(
                            event.protocol(),
                            event.endpoint(),
                            event.endpointPort(),
                            event.source(),
                            event.sourcePort());
                }
                case ESTABLISHED, TABLE_FULL -> {}
            }
        } catch (KernelException e) {
            throw new IllegalStateException("the map of replies, which has room for all flows", e);
        }
    }
}
