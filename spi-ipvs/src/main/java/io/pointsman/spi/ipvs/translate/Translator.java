package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.HashTable;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.Shortfalls;
import io.pointsman.spi.ipvs.IpvsProvider;
import io.pointsman.spi.ipvs.host.Marks;
import io.pointsman.spi.ipvs.host.SetKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Translator of one rule. The pool of external clients, or else the first pool of another origin, becomes the virtual server
 * at the frontend's address. If another origin has a different pool (with external policy Local, pods and the node do), it
 * becomes a virtual server for a firewall mark, and connections of that origin get the mark: the kernel looks up marks
 * first. Used once.
 */
public final class Translator {
    private static final List<Origin> PREFERENCE = List.of(Origin.EXTERNAL, Origin.LOCAL_POD, Origin.NODE);

    private final Rule rule;
    private final NodeFacts node;
    private final Schedulers schedulers;
    private final List<IpAddress> addresses;
    private final Map<ServerKey, ServerConfig> servers = new HashMap<>();
    private final Set<IpsetElement> elements = new HashSet<>();
    private final List<RuleProblem> problems = new ArrayList<>();

    private Translator(Rule rule, NodeFacts node, Schedulers schedulers) {
        this.rule = rule;
        this.node = node;
        this.schedulers = schedulers;
        this.addresses = rule.addresses(node).stream()
                .filter(address -> !rule.frontend().isNodePort() || !address.isLoopback())
                .toList();
    }

    /**
     * Translates a rule.
     *
     * @param fallsBack whether origins without an endpoint under policy Local go to any serving endpoint, as in kube-proxy's
     *     IPVS mode, instead of being dropped
     */
    public static TranslatedRule translate(Rule rule, NodeFacts node, Schedulers schedulers, boolean fallsBack) {
        final Translator translator = new Translator(rule, node, schedulers);
        return translator.unit(fallsBack);
    }

    private TranslatedRule unit(boolean fallsBack) {
        final Map<Origin, Action> actions = new EnumMap<>(Origin.class);
        for (Origin origin : Origin.values()) {
            final Action action = rule.action(origin);
            actions.put(origin, fallsBack && action instanceof Action.Drop ? fallback(action) : action);
        }
        if (actions.values().stream().anyMatch(action -> action instanceof Action.Pass)) {
            return notOurs(actions);
        }
        if (rule.frontend().vip().isLoopback()) {
            problem(RuleProblem.Kind.UNSUPPORTED, "the kernel's virtual servers can't be at a loopback address");
            return new TranslatedRule(Map.of(), Set.of(), Set.of(), problems);
        }
        each(SetKind.FRONTENDS);
        guard();
        limits();
        final Optional<Action.Forward> main = PREFERENCE.stream()
                .map(actions::get)
                .filter(Action.Forward.class::isInstance)
                .map(Action.Forward.class::cast)
                .findFirst();
        main.ifPresent(forward -> addresses.forEach(address -> servers.put(
                ServerKey.of(protocol(), address, rule.frontend().port()),
                wanted(forward.pool(), rule.affinity().isPresent()))));
        actions.forEach((origin, action) -> act(origin, action, main));
        final Set<IpAddress> vips =
                rule.frontend().isNodePort() || node.owns(rule.frontend().vip())
                        ? Set.of()
                        : Set.of(rule.frontend().vip());
        return new TranslatedRule(servers, elements, vips, problems);
    }

    /** Forwards to any serving endpoint. The source becomes the node's, so that answers come back through it. */
    private Action fallback(Action action) {
        return rule.serving().isEmpty() ? action : new Action.Forward(rule.serving(), true);
    }

    private TranslatedRule notOurs(Map<Origin, Action> actions) {
        if (!actions.values().stream().allMatch(action -> action instanceof Action.Pass)) {
            problem(
                    RuleProblem.Kind.UNSUPPORTED,
                    "traffic of some origins must pass unchanged, but the kernel would take the frontend's address for"
                            + " all origins");
        }
        return new TranslatedRule(Map.of(), Set.of(), Set.of(), problems);
    }

    private void act(Origin origin, Action action, Optional<Action.Forward> main) {
        switch (action) {
            case Action.Forward(EndpointPool pool, boolean masquerade) -> {
                if (masquerade) {
                    each(SetKind.masquerade(origin));
                }
                if (!pool.equals(main.orElseThrow().pool())) {
                    elsewhere(origin, pool);
                }
            }
            case Action.Drop _ -> each(SetKind.drop(origin));
            case Action.Reject _ -> {
                if (main.isEmpty()) {
                    each(SetKind.REJECT); // no other origin forwards, and drops are checked before rejections
                } else {
                    each(SetKind.drop(origin));
                    problem(RuleProblem.Kind.DEGRADED, "connections of " + origin + " are dropped, not refused");
                }
            }
            case Action.Pass _ -> throw new IllegalArgumentException(rule + " was to be left out");
        }
    }

    private void elsewhere(Origin origin, EndpointPool pool) {
        final int mark = Marks.of(pool.id(), rule.balancing(), rule.affinity());
        if (rule.affinity().isPresent() && elements.stream().noneMatch(element -> element.mark() != 0)) {
            problem(
                    RuleProblem.Kind.DEGRADED,
                    "clients on this node keep their endpoint only while the Service's endpoints stay the same: the"
                            + " kernel can't remember clients where a mark chooses the virtual server");
        }
        servers.put(ServerKey.ofMark(rule.frontend().family(), mark), wanted(pool, false));
        for (IpAddress address : addresses) {
            elements.add(SetKind.mark(origin)
                    .element(protocol(), address, rule.frontend().port())
                    .withMark(mark));
        }
    }

    private ServerConfig wanted(EndpointPool pool, boolean isPersistent) {
        final Map<Destination, Integer> weights = new HashMap<>();
        for (PoolEndpoint endpoint : rule.serving().endpoints()) {
            weights.put(new Destination(endpoint.address(), endpoint.port()), 0);
        }
        for (PoolEndpoint endpoint : pool.endpoints()) {
            weights.put(new Destination(endpoint.address(), endpoint.port()), endpoint.weight());
        }
        final boolean isSticky = rule.affinity().isPresent() && !isPersistent;
        final ServerSpec spec =
                schedulers.spec(rule.balancing(), isSticky, isPersistent ? rule.affinity() : Optional.empty());
        return new ServerConfig(spec, fitting(spec, weights), protocol() != Protocol.UDP);
    }

    private Map<Destination, Integer> fitting(ServerSpec spec, Map<Destination, Integer> weights) {
        final Optional<HashTable.Fit> fit = HashTable.of(spec.scheduler()).map(table -> table.fit(weights));
        fit.flatMap(HashTable.Fit::shortfall)
                .filter(reason ->
                        problems.stream().noneMatch(problem -> problem.reason().equals(reason)))
                .ifPresent(reason -> problem(RuleProblem.Kind.DEGRADED, reason));
        return fit.map(HashTable.Fit::weights).orElse(weights);
    }

    private void limits() {
        Shortfalls.of(rule, IpvsProvider.CAPABILITIES)
                .forEach(shortfall -> problem(shortfall.kind(), shortfall.reason()));
        if (rule.frontend().isNodePort() && rule.addresses(node).stream().anyMatch(IpAddress::isLoopback)) {
            problem(
                    RuleProblem.Kind.DEGRADED,
                    "not served on loopback addresses: the kernel's virtual servers can't forward from there");
        }
        if (rule.affinity()
                .filter(timeout -> timeout.toSeconds() > Schedulers.MAX_AFFINITY_SECONDS)
                .isPresent()) {
            problem(
                    RuleProblem.Kind.DEGRADED,
                    "clients are remembered for " + Schedulers.MAX_AFFINITY_SECONDS
                            + " s, the longest time that the kernel supports");
        }
    }

    private void guard() {
        if (rule.allowedSources().isEmpty()) {
            return;
        }
        each(SetKind.GUARDED);
        for (IpAddress address : addresses) {
            for (Cidr range : rule.allowedSources()) {
                if (range.family() == address.family()) {
                    elements.addAll(IpsetElement.of(
                            SetKind.SOURCES.set(address.family()),
                            protocol(),
                            address,
                            rule.frontend().port(),
                            range));
                }
            }
        }
    }

    private Protocol protocol() {
        return rule.frontend().protocol();
    }

    private void each(SetKind kind) {
        for (IpAddress address : addresses) {
            elements.add(kind.element(protocol(), address, rule.frontend().port()));
        }
    }

    private void problem(RuleProblem.Kind kind, String reason) {
        problems.add(new RuleProblem(rule.frontend(), rule.owner(), kind, reason));
    }
}
