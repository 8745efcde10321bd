package io.pointsman.spi.ipvs.servers;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.FoundDestination;
import io.pointsman.linux.ipvs.FoundServer;
import io.pointsman.linux.ipvs.IpvsNetlink;
import io.pointsman.linux.ipvs.IpvsNetlink.Request;
import io.pointsman.linux.ipvs.IpvsNetlink.Verb;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpAddress;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.servers.DrainState.Phase;
import io.pointsman.spi.ipvs.translate.ServerConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Our virtual servers: the presumed state of the kernel, and its changes to a plan. Servers of other programs are never
 * touched: only those in the ledger are ours. Not thread-safe.
 */
public final class Servers {
    private final Ledger ledger;
    private final IpvsNetlink kernel;
    private final long drainNanos;
    private final Map<ServerKey, Server> known = new HashMap<>();
    private final Map<IpAddress, Integer> perAddress = new HashMap<>();
    private final Set<ServerKey> draining = new LinkedHashSet<>();
    private final Map<ServerKey, String> refused = new HashMap<>();
    /** Servers of other programs, while a list that was just read is valid. */
    private Optional<Set<ServerKey>> others = Optional.empty();

    private int requests;

    /** Server as the kernel has it, including requests that are not flushed yet. */
    private static final class Server {
        private ServerSpec spec;
        private @Nullable ServerConfig wanted;
        private boolean drains = true;
        private final Map<Destination, DrainState> destinations = new HashMap<>();

        Server(ServerSpec spec) {
            this.spec = spec;
        }
    }

    /** Connects to the kernel; empty if it has no IPVS. */
    public static Optional<Servers> open(Ledger ledger, long drainNanos) throws KernelException {
        final Servers[] servers = new Servers[1];
        return IpvsNetlink.open((request, why) -> servers[0].refused(request, why))
                .map(kernel -> {
                    servers[0] = new Servers(ledger, kernel, drainNanos);
                    return servers[0];
                });
    }

    private Servers(Ledger ledger, IpvsNetlink kernel, long drainNanos) {
        this.ledger = ledger;
        this.kernel = kernel;
        this.drainNanos = drainNanos;
    }

    public void close() {
        kernel.close();
    }

    /** Reads our servers from the kernel, replacing the presumed state; strikes those that are gone from the ledger. */
    public void read() throws IOException {
        forgetAll();
        final Set<ServerKey> foreign = new HashSet<>();
        for (FoundServer found : kernel.servers()) {
            if (!ledger.owns(Owned.SERVER, found.key())) {
                foreign.add(found.key());
                continue;
            }
            final Server server = put(found.key(), found.spec());
            for (FoundDestination destination : kernel.destinations(found.key())) {
                // -1 is no valid weight, so a destination with another forwarding method is rewritten
                server.destinations.put(
                        destination.destination(),
                        DrainState.wanted(destination.masquerades() ? destination.weight() : -1));
            }
        }
        final Set<ServerKey> gone = ledger.owned(Owned.SERVER);
        gone.removeIf(known::containsKey);
        ledger.strike(Owned.SERVER, gone);
        others = Optional.of(foreign);
    }

    private Server put(ServerKey key, ServerSpec spec) {
        final Server server = new Server(spec);
        known.put(key, server);
        perAddress.merge(key.address(), 1, Integer::sum);
        return server;
    }

    private void forget(ServerKey key) {
        if (known.remove(key) != null) {
            perAddress.merge(key.address(), -1, Integer::sum);
            perAddress.remove(key.address(), 0);
        }
        draining.remove(key);
    }

    /** Keys of our servers, wanted or draining. */
    public Set<ServerKey> keys() {
        return Set.copyOf(known.keySet());
    }

    /** Whether a virtual server of ours is at this address; a draining one counts. */
    public boolean isUsed(IpAddress address) {
        return perAddress.containsKey(address);
    }

    public boolean hasDraining() {
        return !draining.isEmpty();
    }

    /** Reasons why servers could not be made as wanted, by key. */
    public Map<ServerKey, String> refused() {
        return Map.copyOf(refused);
    }

    /**
     * Makes servers as wanted; an empty value removes one. Returns the number of requests.
     *
     * @param nowNanos time on the clock of {@link System#nanoTime}
     */
    public int apply(Map<ServerKey, Optional<ServerConfig>> changes, long nowNanos) throws IOException {
        requests = 0;
        final List<ServerKey> fresh = new ArrayList<>();
        for (Map.Entry<ServerKey, Optional<ServerConfig>> change : changes.entrySet()) {
            final ServerKey key = change.getKey();
            refused.remove(key);
            if (change.getValue().isPresent() && !known.containsKey(key)) {
                if (isForeign(key)) {
                    refused.put(key, foreign(key));
                } else {
                    fresh.add(key);
                }
            }
        }
        others = Optional.empty();
        try {
            ledger.enter(Owned.SERVER, fresh); // checked before: the ledger allows deletion
        } catch (IOException e) {
            final String why = String.valueOf(e.getMessage());
            fresh.forEach(key -> refused.put(key, why)); // the other changes go on
            fresh.clear();
        }
        for (Map.Entry<ServerKey, Optional<ServerConfig>> change : changes.entrySet()) {
            final ServerKey key = change.getKey();
            final ServerConfig wanted = change.getValue().orElse(null);
            if (wanted != null && !refused.containsKey(key)) {
                make(key, wanted, nowNanos);
            } else if (wanted == null && known.containsKey(key)) {
                release(key, nowNanos);
            }
        }
        kernel.flush();
        final Set<ServerKey> toCount = new HashSet<>(draining);
        toCount.retainAll(changes.keySet());
        count(toCount, nowNanos);
        ledger.strike(Owned.SERVER, refusedOnes(fresh));
        return requests;
    }

    private boolean isForeign(ServerKey key) throws KernelException {
        return others.isPresent() ? others.get().contains(key) : kernel.exists(key);
    }

    private static String foreign(ServerKey key) {
        return "another program has a " + key
                + "; it is not changed, and this rule is not in force until it is removed";
    }

    private List<ServerKey> refusedOnes(List<ServerKey> fresh) {
        return fresh.stream().filter(key -> !known.containsKey(key)).toList();
    }

    private void make(ServerKey key, ServerConfig wanted, long nowNanos) throws KernelException {
        Server server = known.get(key);
        if (server == null) {
            server = put(key, wanted.spec());
            requests++;
            kernel.add(key, wanted.spec());
        } else if (!server.spec.equals(wanted.spec())) {
            server.spec = wanted.spec();
            requests++;
            kernel.change(key, wanted.spec());
        }
        server.wanted = wanted;
        server.drains = wanted.drains();
        for (Map.Entry<Destination, Integer> each : wanted.weights().entrySet()) {
            move(key, server, each.getKey(), DrainState.wanted(each.getValue()));
        }
        leave(key, server, wanted.weights().keySet(), nowNanos);
    }

    private void release(ServerKey key, long nowNanos) throws KernelException {
        final Server server = Objects.requireNonNull(known.get(key));
        server.wanted = null;
        leave(key, server, Set.of(), nowNanos);
        draining.add(key); // until it has no destinations
    }

    /** Drains or deletes the destinations that are not staying. */
    private void leave(ServerKey key, Server server, Set<Destination> staying, long nowNanos) throws KernelException {
        for (Map.Entry<Destination, DrainState> each : List.copyOf(server.destinations.entrySet())) {
            if (!staying.contains(each.getKey())) {
                move(key, server, each.getKey(), each.getValue().unwanted(server.drains, nowNanos + drainNanos));
            }
        }
    }

    /** Requests the change of a destination to a state. */
    private void move(ServerKey key, Server server, Destination destination, DrainState after) throws KernelException {
        final DrainState before = server.destinations.get(destination);
        if (after.phase() == Phase.GONE) {
            requests++;
            kernel.delete(key, destination);
            server.destinations.remove(destination);
            return;
        }
        if (before == null) {
            requests++;
            kernel.add(key, destination, after.weight());
        } else if (before.weight() != after.weight()) {
            requests++;
            kernel.change(key, destination, after.weight());
        }
        server.destinations.put(destination, after);
        if (after.phase() == Phase.DRAINING) {
            draining.add(key);
        }
    }

    /**
     * Counts the connections of draining destinations; deletes those that have none or whose deadline has passed. Returns
     * the number of requests.
     */
    public int drain(long nowNanos) throws IOException {
        requests = 0;
        count(Set.copyOf(draining), nowNanos);
        return requests;
    }

    private void count(Set<ServerKey> keys, long nowNanos) throws IOException {
        final List<ServerKey> gone = new ArrayList<>();
        for (ServerKey key : keys) {
            final Server server = known.get(key);
            if (server == null) {
                draining.remove(key);
                continue;
            }
            if (isDraining(server)) {
                count(key, server, nowNanos);
            }
            if (!isDraining(server)) {
                draining.remove(key);
                if (server.wanted == null) {
                    requests++;
                    kernel.delete(key);
                    gone.add(key);
                }
            }
        }
        kernel.flush();
        gone.forEach(this::forget);
        ledger.strike(Owned.SERVER, gone);
    }

    private static boolean isDraining(Server server) {
        return server.destinations.values().stream().anyMatch(state -> state.phase() == Phase.DRAINING);
    }

    private void count(ServerKey key, Server server, long nowNanos) throws KernelException {
        final Map<Destination, Integer> connections = new HashMap<>();
        kernel.destinations(key).forEach(found -> connections.put(found.destination(), found.connections()));
        for (Map.Entry<Destination, DrainState> each : List.copyOf(server.destinations.entrySet())) {
            final DrainState after = each.getValue().counted(connections.getOrDefault(each.getKey(), 0), nowNanos);
            if (after.phase() == Phase.GONE) {
                move(key, server, each.getKey(), after);
            }
        }
    }

    private void refused(Request request, KernelException why) {
        final ServerKey key = request.server();
        final Server server = known.get(key);
        if (server == null) {
            return; // the server itself was refused, and so were all requests about it
        }
        if (request.verb() == Verb.ADD && request.destination().isEmpty()) {
            forget(key);
            refused.put(key, reason(key, server.spec, why));
            return;
        }
        request.destination().ifPresent(server.destinations::remove);
        refused.putIfAbsent(key, request + ": " + why.getMessage());
    }

    private static String reason(ServerKey key, ServerSpec spec, KernelException why) {
        if (why.is(Errno.EEXIST)) {
            return foreign(key);
        }
        return why.is(Errno.ENOENT)
                ? "this kernel has no scheduler " + spec.scheduler() + " (module ip_vs_" + spec.scheduler() + ")"
                : Objects.requireNonNullElse(why.getMessage(), "the kernel gave no reason");
    }

    /** Forgets all servers, without changing the kernel. */
    public void forgetAll() {
        known.clear();
        perAddress.clear();
        draining.clear();
        refused.clear();
    }

    /** Returns one sentence for each difference between the kernel's state and ours. */
    public List<String> differences() throws IOException {
        final List<String> findings = new ArrayList<>();
        final Map<ServerKey, ServerSpec> found = new HashMap<>();
        kernel.servers().forEach(server -> found.put(server.key(), server.spec()));
        for (Map.Entry<ServerKey, Server> each : known.entrySet()) {
            final ServerKey key = each.getKey();
            final ServerSpec spec = found.get(key);
            if (spec == null) {
                findings.add(key + " is missing");
                continue;
            }
            if (!spec.equals(each.getValue().spec)) {
                findings.add(key + " is " + spec + " and was made " + each.getValue().spec);
            }
            final Map<Destination, Integer> weights = new HashMap<>();
            for (FoundDestination destination : kernel.destinations(key)) {
                weights.put(destination.destination(), destination.weight());
            }
            each.getValue().destinations.forEach((destination, state) -> {
                final Integer weight = weights.remove(destination);
                if (weight == null) {
                    findings.add(key + " has lost its destination " + destination);
                } else if (weight != state.weight()) {
                    findings.add(key + " gives " + destination + " weight " + weight + ", not " + state.weight());
                }
            });
            weights.keySet().forEach(other -> findings.add(key + " has a destination that is not ours: " + other));
        }
        return findings;
    }
}
