package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Comments;
import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.iptables.Matches;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Renderer of one service port's rules in one family. Used once. */
final class ServicePortRenderer {
    private final ServicePortName owner;
    private final PodMatches pods;
    private final MarkBit mark;
    private final boolean isAlone;
    private final String comment;
    private final Map<String, String> natChains = new HashMap<>();
    private final Map<Frontend, String> natEntries = new HashMap<>();
    private final FilterRenderer filter;
    private final Map<String, EndpointPool> pools = new HashMap<>();
    private final Map<String, String> poolPreludes = new HashMap<>();
    private final Map<String, PoolRenderer> poolRenderers = new HashMap<>();
    private final Set<IpAddress> clusterIps = new HashSet<>();
    private final Set<MarkPolicy> marks = new HashSet<>();
    private final Set<Cidr> endpointRanges = new HashSet<>();
    private final List<RuleProblem> problems = new ArrayList<>();

    private ServicePortRenderer(
            ServicePortName owner, PodMatches pods, MarkBit mark, boolean isAlone, boolean comments) {
        this.owner = owner;
        this.pods = pods;
        this.mark = mark;
        this.isAlone = isAlone;
        this.comment = comments ? Comments.match(owner.toString()) : "";
        this.filter = new FilterRenderer(owner, pods, comment);
    }

    /**
     * Renders the rules.
     *
     * @param rules all rules of one owner and family, in order of frontend
     * @param comments whether rules that match a frontend carry the service port's name
     */
    static RenderedServicePort render(
            ServicePortName owner, Collection<Rule> rules, PodMatches pods, MarkBit mark, boolean comments) {
        final ServicePortRenderer renderer = new ServicePortRenderer(owner, pods, mark, rules.size() == 1, comments);
        rules.forEach(renderer::add);
        renderer.finishPools();
        return new RenderedServicePort(
                renderer.natChains,
                renderer.filter.chains(),
                renderer.natEntries,
                renderer.filter.entries(),
                renderer.clusterIps,
                renderer.marks,
                renderer.endpointRanges,
                renderer.problems);
    }

    private void add(Rule rule) {
        RuleLimits.problem(rule).ifPresent(problems::add);
        if (rule.kind() == FrontendKind.CLUSTER_IP) {
            clusterIps.add(rule.frontend().vip());
        }
        for (EndpointPool pool : rule.pools()) {
            pool.endpoints().forEach(endpoint -> endpointRanges.add(surroundings(endpoint)));
        }
        filter.add(rule);
        final String entry = entry(rule);
        if (!entry.isEmpty()) {
            natEntries.put(rule.frontend(), entry);
        }
    }

    /**
     * Returns a range around an endpoint. Pods of one node have neighbouring addresses, so the number of ranges stays near
     * that of nodes.
     */
    private static Cidr surroundings(PoolEndpoint endpoint) {
        return new Cidr(endpoint.address(), endpoint.address().isIpv4() ? 24 : 64);
    }

    /** Returns the rules of a frontend in the dispatch tree of table nat; empty if no origin is forwarded. */
    private String entry(Rule rule) {
        final List<Action.Forward> forwards = forwards(rule);
        if (forwards.isEmpty()) {
            return "";
        }
        final String match = DispatchKey.match(rule.frontend());
        final EndpointPool pool = forwards.getFirst().pool();
        final boolean isUniform = forwards.size() == Origin.values().length
                && forwards.stream().allMatch(forward -> forward.pool().equals(pool));
        if (isUniform && isAlone && rule.allowedSources().isEmpty() && PoolRenderer.isShort(pool, rule.affinity())) {
            final String chosen = new PoolRenderer(owner, rule.affinity(), rule.balancing()).render(pool, match);
            return withComment(match, markPolicy(rule).rule(match, pods, mark) + chosen);
        }
        final String chain = isUniform
                ? uniformChain(rule, pool)
                : policyChain(
                        OriginRules.render(pods, rule::action, (action, from) -> originRules(rule, action, from)));
        return match + comment + "-g " + guarded(rule, chain) + "\n";
    }

    /** Adds the comment to the first rule with this match; one is enough to carry the name. */
    private String withComment(String match, String rules) {
        final int at = rules.indexOf(match) + match.length();
        return rules.isEmpty() ? "" : rules.substring(0, at) + comment + rules.substring(at);
    }

    private MarkPolicy markPolicy(Rule rule) {
        final MarkPolicy policy =
                MarkPolicy.of(origin -> rule.action(origin) instanceof Action.Forward forward && forward.masquerade());
        marks.add(policy);
        return policy;
    }

    private String uniformChain(Rule rule, EndpointPool pool) {
        final String name = poolChain(rule, pool);
        final MarkPolicy policy = markPolicy(rule);
        if (rule.kind() == FrontendKind.CLUSTER_IP && rule.allowedSources().isEmpty()) {
            // Packets to other frontends of this pool come through their own chains; they don't match this address and
            // skip the marking.
            final String vip = Matches.destination(Cidr.of(rule.frontend().vip()));
            if (poolPreludes.putIfAbsent(name, policy.rule(vip, pods, mark)) == null) {
                return name;
            }
        }
        return policyChain(policy.rule("", pods, mark) + "-g " + name + "\n");
    }

    private static List<Action.Forward> forwards(Rule rule) {
        final List<Action.Forward> forwards = new ArrayList<>();
        for (Action action : rule.actions()) {
            if (action instanceof Action.Forward forward) {
                forwards.add(forward);
            }
        }
        return forwards;
    }

    private String originRules(Rule rule, Action action, String match) {
        return switch (action) {
            case Action.Forward(EndpointPool pool, boolean masquerade) ->
                (masquerade ? match + mark.set() : "") + match + "-g " + poolChain(rule, pool) + "\n";
            // left untranslated, for table filter to match
            case Action.Drop _, Action.Reject _, Action.Pass _ -> match.isEmpty() ? "" : match + "-j RETURN\n";
        };
    }

    /**
     * Returns a chain that forwards allowed sources only; other packets stay untranslated and are dropped in table filter.
     */
    private String guarded(Rule rule, String chain) {
        if (rule.allowedSources().isEmpty()) {
            return chain;
        }
        final StringBuilder text = new StringBuilder();
        rule.allowedSources().stream()
                .filter(range -> range.family() == rule.frontend().family())
                .sorted()
                .distinct()
                .forEach(range -> text.append(Matches.source(range))
                        .append("-g ")
                        .append(chain)
                        .append('\n'));
        return policyChain(text.toString());
    }

    /** Adds a chain. Its name is a hash of its text, so frontends with the same rules share it. */
    private String policyChain(String text) {
        final String name = Names.hashed('E', owner + "\n" + text);
        natChains.put(name, text);
        return name;
    }

    private String poolChain(Rule rule, EndpointPool pool) {
        final Optional<Duration> affinity = rule.affinity();
        final Balancing balancing = rule.balancing();
        final String name = Names.hashed(
                'P',
                owner + "/" + pool.id() + "/" + balancing
                        + affinity.map(timeout -> "/" + timeout).orElse(""));
        pools.put(name, pool);
        poolRenderers.computeIfAbsent(name, _ -> new PoolRenderer(owner, affinity, balancing));
        return name;
    }

    private void finishPools() {
        poolRenderers.forEach((name, renderer) -> {
            final EndpointPool pool = pools.get(name);
            if (pool != null) {
                natChains.put(
                        name,
                        poolPreludes.getOrDefault(name, "")
                                + renderer.render(pool, PoolRenderer.anyOf(owner.protocol())));
            }
        });
    }
}
