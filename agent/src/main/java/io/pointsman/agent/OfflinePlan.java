package io.pointsman.agent;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServiceSource;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The plan that an agent with this configuration would put in force, from the manifests or the cluster as they are now;
 * nothing is started.
 *
 * <p>The node has the addresses of its Node object; if the source has no Node of that name, those of this host.
 *
 * @param problems objects of the source that can't be used
 */
public record OfflinePlan(PlanUpdate update, List<ServiceSource.Problem> problems) {
    private static final int NODES_TOLD = 5;

    public OfflinePlan {
        problems = List.copyOf(problems);
    }

    /**
     * Reads the source and resolves a plan.
     *
     * @throws ConfigException if there is no source, or it can't be read
     */
    public static OfflinePlan read(AgentConfig config, ModeSemantics semantics, Set<IpFamily> families)
            throws ConfigException {
        return read(config, semantics, families, Optional.empty());
    }

    /**
     * Reads the source and resolves a plan for a host with these addresses; Node objects' addresses are ignored.
     *
     * @throws ConfigException if there is no source, or it can't be read
     */
    public static OfflinePlan read(
            AgentConfig config, ModeSemantics semantics, Set<IpFamily> families, HostAddresses host)
            throws ConfigException {
        return read(config, semantics, families, Optional.of(host));
    }

    private static OfflinePlan read(
            AgentConfig config, ModeSemantics semantics, Set<IpFamily> families, Optional<HostAddresses> host)
            throws ConfigException {
        final Collected collected = new Collected();
        try (ServiceSource source = Sources.toLookAt(config)) {
            source.start(collected);
            collected.awaitSync(Sources.patience(config));
        }
        if (!collected.isSynced()) {
            throw new ConfigException(Sources.name(config) + ": nothing can be read: "
                    + String.join(
                            "; ",
                            collected.problems.stream()
                                    .map(problem -> problem.where() + ": " + problem.reason())
                                    .toList()));
        }
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(collected.changes);
        final HostAddresses addresses = host.isPresent() ? host.get() : addresses(config, catalog);
        final PlanUpdate update = new PlanResolver(config.planOptions(semantics, families)).resolve(catalog, addresses);
        final List<ServiceSource.Problem> problems = new ArrayList<>(collected.problems);
        unknownNode(config.node(), collected.changes).ifPresent(problems::add);
        return new OfflinePlan(update, problems);
    }

    /** Returns a problem if the source has Nodes, but not this one: its name is most likely misspelt. */
    private static Optional<ServiceSource.Problem> unknownNode(String name, List<ObjectChange> changes) {
        final List<String> nodes = changes.stream()
                .map(change -> change instanceof ObjectChange.Put(Node node) ? node.name() : "")
                .filter(node -> !node.isEmpty())
                .sorted()
                .toList();
        return nodes.isEmpty() || nodes.contains(name)
                ? Optional.empty()
                : Optional.of(new ServiceSource.Problem(
                        "node " + name,
                        "the source has no Node of this name, so this host's addresses stand for its own; it has "
                                + String.join(", ", nodes.subList(0, Math.min(nodes.size(), NODES_TOLD)))
                                + (nodes.size() > NODES_TOLD ? " …" : "")));
    }

    private static HostAddresses addresses(AgentConfig config, ServiceCatalog catalog) throws ConfigException {
        if (catalog.node(config.node()).isPresent()) {
            return HostAddresses.of(Set.of());
        }
        try {
            return HostNetworkReader.read();
        } catch (IOException e) {
            throw new ConfigException("addresses of this host: not read: " + e.getMessage(), e);
        }
    }

    /** Collects the first delivery. Part of a later one may be included, as from a file that is being written. */
    private static final class Collected implements ServiceSource.Listener {
        private final List<ObjectChange> changes = new ArrayList<>();
        private List<ServiceSource.Problem> problems = List.of();
        private final CountDownLatch synced = new CountDownLatch(1);

        boolean isSynced() {
            return synced.getCount() == 0;
        }

        void awaitSync(Duration patience) {
            try {
                final boolean _ = synced.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // as if the time limit had passed
            }
        }

        @Override
        public synchronized void changed(List<ObjectChange> more) {
            changes.addAll(more);
        }

        @Override
        public synchronized void problems(List<ServiceSource.Problem> current) {
            problems = List.copyOf(current);
        }

        @Override
        public synchronized void synced() {
            synced.countDown();
        }
    }
}
