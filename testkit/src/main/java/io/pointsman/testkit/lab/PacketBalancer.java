package io.pointsman.testkit.lab;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A cloud load balancer that forwards packets without changing their addresses. Packets for a VIP go on to a node in use,
 * chosen by a hash of addresses and ports, so that a connection stays on one node. Replies need not pass it. A node is in
 * use while its health port answers 200; if none is, packets are dropped.
 *
 * <p>It keeps no connection state: when the set of nodes in use changes, some existing connections move to another node.
 *
 * <pre>
 *   cluster.routeVip(vip, cluster.host("balancer"));
 *   try (PacketBalancer balancer = PacketBalancer.open(
 *           cluster.host("balancer"), Set.of(vip), cluster.nodes(), HealthPoll.healthz(32122))) {
 *       balancer.awaitInUse(Set.of("kubernetes-node-6jst"), Duration.ofSeconds(10));
 * </pre>
 *
 * Its health checks go from the balancer host's own address to the nodes' addresses. Any thread may use it.
 */
public final class PacketBalancer implements AutoCloseable {
    private static final List<Sysctl> BY_CONNECTION = List.of(
            Sysctl.must("net.ipv4.fib_multipath_hash_policy", "1"),
            Sysctl.attempt("net.ipv6.fib_multipath_hash_policy", "1"));

    /** A node and the state of its health checks. Guarded by the lock. */
    private static final class Target {
        final LabHost node;
        final Map<IpFamily, IpAddress> addresses;
        boolean isInUse;
        int sameInARow;
        String lastAnswer = "not asked yet";

        Target(LabHost node, Map<IpFamily, IpAddress> addresses) {
            this.node = node;
            this.addresses = addresses;
        }

        IpAddress asked() {
            return addresses.values().iterator().next();
        }
    }

    private final LabHost host;
    private final Set<IpAddress> vips;
    private final Map<String, Target> targets;
    private final Optional<HealthPoll> poll;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private Set<String> inForce = Set.of();
    private @Nullable IOException failure;
    private boolean closed;

    private PacketBalancer(LabHost host, Set<IpAddress> vips, Map<String, Target> targets, Optional<HealthPoll> poll) {
        this.host = host;
        this.vips = Set.copyOf(vips);
        this.targets = targets;
        this.poll = poll;
        this.thread =
                Thread.ofPlatform().daemon().name("lab balancer " + host.name()).unstarted(this::work);
    }

    /** Opens a balancer that checks the nodes' health; every node has been asked once when this returns. */
    public static PacketBalancer open(LabHost host, Set<IpAddress> vips, Collection<LabHost> nodes, HealthPoll poll)
            throws IOException {
        return start(new PacketBalancer(host, vips, targets(nodes), Optional.of(poll)));
    }

    /** Opens a balancer that takes every node for healthy. */
    public static PacketBalancer unchecked(LabHost host, Set<IpAddress> vips, Collection<LabHost> nodes)
            throws IOException {
        return start(new PacketBalancer(host, vips, targets(nodes), Optional.empty()));
    }

    private static Map<String, Target> targets(Collection<LabHost> nodes) throws IOException {
        final Map<String, Target> targets = new LinkedHashMap<>();
        for (LabHost node : nodes) {
            final Map<IpFamily, IpAddress> addresses = new LinkedHashMap<>();
            for (IpFamily family : IpFamily.values()) {
                addresses.put(family, LabCluster.addressOf(node, family));
            }
            targets.put(node.name(), new Target(node, addresses));
        }
        return targets;
    }

    private static PacketBalancer start(PacketBalancer balancer) throws IOException {
        balancer.host.forward();
        balancer.host.set(BY_CONNECTION);
        balancer.firstRound();
        balancer.thread.start();
        return balancer;
    }

    private void firstRound() throws IOException {
        lock.lock();
        try {
            targets.values().forEach(target -> target.isInUse = poll.isEmpty());
        } finally {
            lock.unlock();
        }
        if (poll.isPresent()) {
            askAll(poll.get());
        }
        steer();
    }

    private void work() {
        while (poll.isPresent() && pause(poll.get().interval())) {
            try {
                if (askAll(poll.get())) {
                    steer();
                }
            } catch (IOException e) {
                fail(e);
                return;
            }
        }
    }

    /** Waits; returns whether to go on. */
    private boolean pause(Duration interval) {
        lock.lock();
        try {
            long left = interval.toNanos();
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException _) {
            return false; // only this class knows the thread, so the process is ending
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException e) {
        lock.lock();
        try {
            if (!closed) {
                failure = e;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Asks every node; returns whether one was put into or taken out of use. */
    private boolean askAll(HealthPoll how) {
        boolean differs = false;
        for (Target target : List.copyOf(targets.values())) {
            final HttpProbe.Answer answer = HttpProbe.get(host, target.asked(), how);
            lock.lock();
            try {
                target.lastAnswer = answer.text();
                target.sameInARow = answer.isOk() == target.isInUse ? 0 : target.sameInARow + 1;
                final int needed = target.isInUse ? how.failuresUntilOut() : how.successesUntilIn();
                if (target.sameInARow >= needed) {
                    target.isInUse = !target.isInUse;
                    target.sameInARow = 0;
                    differs = true;
                }
            } finally {
                lock.unlock();
            }
        }
        return differs;
    }

    private void steer() throws IOException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            for (IpAddress vip : vips) {
                final List<IpAddress> gateways = new ArrayList<>();
                for (Target target : targets.values()) {
                    final IpAddress address = target.addresses.get(vip.family());
                    if (target.isInUse && address != null) {
                        gateways.add(address);
                    }
                }
                host.netlink().replaceRoute(Cidr.of(vip), gateways);
            }
            final Set<String> names = new LinkedHashSet<>();
            for (Target target : targets.values()) {
                if (target.isInUse) {
                    names.add(target.node.name());
                }
            }
            inForce = Collections.unmodifiableSet(names);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the names of the nodes in use. */
    public Set<String> inUse() {
        lock.lock();
        try {
            return inForce;
        } finally {
            lock.unlock();
        }
    }

    /** Returns each node's last answer, by name: {@code 200 OK}, {@code no connection: Connection refused}. */
    public Map<String, String> lastAnswers() {
        lock.lock();
        try {
            final Map<String, String> answers = new LinkedHashMap<>();
            targets.forEach((name, target) -> answers.put(name, target.lastAnswer));
            return answers;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until exactly these nodes are in use and packets go to them.
     *
     * @throws TimeoutException with the nodes' last answers
     */
    public void awaitInUse(Set<String> names, Duration patience) throws IOException, TimeoutException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (!inForce.equals(names)) {
                if (failure != null) {
                    throw new IOException("the balancer stopped", failure);
                }
                if (left <= 0) {
                    throw new TimeoutException(
                            "in use are " + inForce + ", not " + names + "; the nodes said " + lastAnswers());
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + names, e);
        } finally {
            lock.unlock();
        }
    }

    /** Stops asking and forwarding; its host then drops packets for the VIPs. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (poll.isPresent()) {
                thread.join();
            }
            for (IpAddress vip : vips) {
                host.netlink().replaceRoute(Cidr.of(vip), List.of());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (KernelException e) {
            throw new UncheckedIOException("can't withdraw " + vips + " from " + host, e);
        }
    }
}
