package io.pointsman.examples.packetagent;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Threads;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.xdp.FibLookup;
import io.pointsman.linux.xdp.FramePool;
import io.pointsman.linux.xdp.Steering;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Forwards packets for virtual services that come in by given interfaces of a host, by the engine and AF_XDP. The kernel
 * handles all others, and all packets after the agent has ended. Works in the network namespace of the thread that starts
 * it.
 */
public final class PacketAgent implements AutoCloseable {
    private static final int FRAMES_FOR_EACH_PORT = 4 * PacketPort.RING_SIZE;
    private static final int FRAME_BYTES = 2048;

    private static final String USAGE = "usage: PacketAgent [--busy] INTERFACE,INTERFACE... SERVICE...; a service is"
            + " tcp/10.96.0.10:80=10.2.0.2:8080,10.2.0.3:8080";

    private final Deque<Runnable> closers; // of opened resources, last first
    private final PacketForwarder forwarder;
    private final Thread thread;

    /**
     * Settings of the agent.
     *
     * @param interfaces names of interfaces with one queue each
     * @param maxFlows maximum number of flows of each family
     * @param pollsBusily whether to poll for frames all the time, which uses all of a core and lowers latency
     */
    public record Settings(List<String> interfaces, List<VirtualService> services, int maxFlows, boolean pollsBusily) {
        public Settings {
            interfaces = List.copyOf(interfaces);
            services = List.copyOf(services);
        }
    }

    private PacketAgent(Settings settings, Deque<Runnable> closers) throws KernelException {
        this.closers = closers;
        final NatEngine engine = keep(
                NatEngine.create(EngineConfig.builder()
                        .capacity(settings.maxFlows())
                        .ipv6Capacity(settings.maxFlows())
                        .build()),
                NatEngine::close);
        final ForwardingPlan plan = VirtualService.plan(settings.services());
        engine.apply(plan, VirtualService.wholeOf(plan));
        final Steering steering = keep(
                Steering.create(2 * settings.services().size() + 1, IpFamily.values().length * settings.maxFlows()),
                Steering::close);
        final FramePool frames = keep(
                FramePool.allocate(FRAMES_FOR_EACH_PORT * settings.interfaces().size(), FRAME_BYTES), FramePool::close);
        final List<PacketPort> ports = new ArrayList<>();
        try (RouteNetlink netlink = RouteNetlink.open()) {
            for (String name : settings.interfaces()) {
                ports.add(keep(PacketPort.open(name, netlink.linkIndex(name), frames, steering), PacketPort::close));
            }
        }
        forwarder = new PacketForwarder(
                engine,
                frames,
                ports,
                steering,
                new NextHops(keep(FibLookup.open(), FibLookup::close), ports),
                keep(StackSender.open(), StackSender::close),
                settings.pollsBusily());
        for (VirtualService service : settings.services()) {
            steering.addFrontend(service.protocol().number(), service.address(), service.port());
        }
        thread = Thread.ofPlatform().name("packet-forwarder").unstarted(forwarder);
    }

    /** Attaches to the interfaces and starts to forward. */
    public static PacketAgent start(Settings settings) throws KernelException {
        final Deque<Runnable> closers = new ArrayDeque<>();
        try {
            final PacketAgent agent = new PacketAgent(settings, closers);
            agent.thread.start();
            return agent;
        } catch (KernelException | RuntimeException e) {
            closeAll(closers);
            throw e;
        }
    }

    private static void closeAll(Deque<Runnable> closers) {
        while (!closers.isEmpty()) {
            closers.pop().run();
        }
    }

    private <T> T keep(T one, Consumer<T> closer) {
        closers.push(() -> closer.accept(one));
        return one;
    }

    /** Returns the number of packets so far: sent, passed to the kernel, dropped. */
    public String counts() {
        return forwarder.counts().toString();
    }

    /** Returns the number of packets sent so far. */
    public long forwarded() {
        return forwarder.counts().forwarded();
    }

    /** Waits for the loop to end; the kernel handles all packets from then on. */
    @Override
    public void close() {
        forwarder.stop();
        Threads.await(thread);
        closeAll(closers);
    }

    /**
     * Runs {@code PacketAgent [--busy] INTERFACE,INTERFACE… SERVICE…} until the process ends;
     * {@link VirtualService#parse} defines a service's syntax.
     */
    public static void main(String[] arguments) throws InterruptedException {
        final List<String> all = new ArrayList<>(Arrays.asList(arguments));
        final boolean pollsBusily = all.remove("--busy");
        if (all.size() < 2) {
            fail(USAGE);
        }
        try {
            final Settings settings = new Settings(
                    List.of(all.getFirst().split(",")),
                    all.stream().skip(1).map(VirtualService::parse).toList(),
                    1 << 18,
                    pollsBusily);
            try (PacketAgent agent = start(settings)) {
                System.out.println("forwarding " + String.join(", ", all.subList(1, all.size())) + " by "
                        + String.join(", ", settings.interfaces()));
                agent.thread.join();
            }
        } catch (KernelException | IllegalArgumentException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private static void fail(String why) {
        System.err.println("packet-agent: " + why);
        System.exit(1);
    }
}
