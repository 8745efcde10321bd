package io.pointsman.linux.localhost;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens at the node ports of a plan on those loopback addresses that the plan has
 * {@linkplain NodeFacts#forwardedAddress forwarded}, and forwards TCP connections and UDP sessions to endpoints, with the
 * node as the client. If an endpoint refuses, another is tried. A changed plan applies to new connections: open ones go on,
 * even if their port is gone; UDP sessions end with their endpoint or port. A port without endpoints is closed, so that the
 * kernel refuses connections. Needs no privilege. Not thread-safe.
 */
public final class LocalhostForwarder implements AutoCloseable {
    private final Whereabouts place;
    private final StaleTcp stale;
    private final ForwarderLimits limits;
    private final Consumer<String> warning;
    private final Map<Frontend, Port> ports = new HashMap<>();
    private final Map<Frontend, String> problems = new HashMap<>();
    private Map<IpFamily, IpAddress> addresses = Map.of();
    private @Nullable ForwarderLoop loop;

    /**
     * Creates a forwarder that serves no ports yet.
     *
     * @param place namespace whose loopback addresses are served
     * @param warning takes a sentence about a connection that could not be served, at most one a minute; any thread
     */
    public LocalhostForwarder(Whereabouts place, StaleTcp stale, ForwarderLimits limits, Consumer<String> warning) {
        this.place = place;
        this.stale = stale;
        this.limits = limits;
        this.warning = warning;
    }

    /** Serves the ports of a plan, whatever was served before; ports that could not be opened are tried again. */
    public void replace(ForwardingPlan plan) {
        final Set<Frontend> concerned = new HashSet<>(ports.keySet());
        concerned.addAll(plan.rules().keySet());
        bring(plan, forwarded(plan.node()), concerned);
    }

    /**
     * Serves the ports of a plan that follows the last one by this delta; ports that could not be opened are tried again.
     */
    public void change(ForwardingPlan plan, PlanDelta delta) {
        final Map<IpFamily, IpAddress> now = forwarded(plan.node());
        if (!now.equals(addresses) || (loop != null && !loop.isAlive())) {
            replace(plan);
            return;
        }
        final Set<Frontend> concerned = new HashSet<>(problems.keySet());
        if (!now.isEmpty()) {
            delta.rules().forEach(change -> concerned.add(change.frontend()));
        }
        bring(plan, now, concerned);
    }

    private static Map<IpFamily, IpAddress> forwarded(NodeFacts node) {
        final Map<IpFamily, IpAddress> addresses = new EnumMap<>(IpFamily.class);
        for (IpFamily family : IpFamily.values()) {
            node.forwardedAddress(family).ifPresent(address -> addresses.put(family, address));
        }
        return addresses;
    }

    private void bring(ForwardingPlan plan, Map<IpFamily, IpAddress> now, Set<Frontend> concerned) {
        if (loop != null && !loop.isAlive()) {
            close();
        }
        addresses = now;
        problems.clear();
        concerned.removeIf(frontend -> !frontend.isNodePort());
        close(concerned, plan);
        concerned.forEach(frontend -> wanted(frontend, plan).ifPresent(rule -> serve(frontend, rule)));
    }

    /** Returns the reason, in words, for each port that can't be served; all other node ports are served. */
    public Map<Frontend, String> problems() {
        return Map.copyOf(problems);
    }

    private Optional<Rule> wanted(Frontend frontend, ForwardingPlan plan) {
        return addresses.containsKey(frontend.family())
                ? plan.rule(frontend).filter(rule -> rule.fromNode() instanceof Action.Forward)
                : Optional.empty();
    }

    private void close(Set<Frontend> concerned, ForwardingPlan plan) {
        boolean hasClosed = false;
        for (Frontend frontend : concerned) {
            final Port port = ports.get(frontend);
            if (port != null && wanted(frontend, plan).isEmpty()) {
                ports.remove(frontend);
                port.close();
                hasClosed = true;
            }
        }
        if (hasClosed && loop != null) {
            loop.awaitClosed();
        }
    }

    private void serve(Frontend frontend, Rule rule) {
        final Port port = ports.get(frontend);
        if (port != null) {
            port.change(rule);
            return;
        }
        final IpAddress address = addresses.get(frontend.family());
        if (address == null) {
            return;
        }
        try {
            final InetSocketAddress at = new InetSocketAddress(address.toInetAddress(), frontend.port());
            final ForwarderLoop running = running();
            switch (frontend.protocol()) {
                case TCP -> ports.put(frontend, place.call(() -> TcpPort.open(running, at, stale, rule)));
                case UDP -> ports.put(frontend, place.call(() -> UdpPort.open(running, at, rule)));
                case SCTP ->
                    problems.put(frontend, "not served on " + address + ": SCTP is not forwarded by this process");
            }
        } catch (IOException | UnsupportedOperationException e) { // the latter without IPv6
            problems.put(
                    frontend,
                    "not served on " + address + ": its port " + frontend.port() + " can't be bound (" + e.getMessage()
                            + "); \"ss -lnp\" shows the program that listens there");
        }
    }

    private ForwarderLoop running() throws IOException {
        ForwarderLoop running = loop;
        if (running == null) {
            running = ForwarderLoop.start(place, limits, warning);
            loop = running;
        }
        return running;
    }

    /** Closes all ports and connections; the next plan opens its ports again. */
    @Override
    public void close() {
        ports.values().forEach(Port::close);
        ports.clear();
        problems.clear();
        addresses = Map.of();
        if (loop != null) {
            loop.stop();
            loop = null;
        }
    }
}
