package io.pointsman.nat.reference;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Random plans, valid by construction. Each service is wholly determined by its own seed, so that changing one seed is a
 * small change of the plan.
 */
public final class PlanGenerator {
    private static final List<Balancing> BALANCINGS = List.of(Balancing.values());

    private final World world;
    private final Random random;
    private final long[] seeds = new long[World.SERVICES];
    private long nodeSeed;
    private long version = ForwardingPlan.EMPTY_VERSION;

    public PlanGenerator(World world, Random random) {
        this.world = world;
        this.random = random;
        nodeSeed = random.nextLong();
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = random.nextLong();
        }
    }

    /** The first plan, and with each further call one in which a service, or seldom the node, differs. */
    public ForwardingPlan next() {
        if (version > ForwardingPlan.EMPTY_VERSION) {
            if (random.nextInt(8) == 0) {
                nodeSeed = random.nextLong();
            } else {
                seeds[random.nextInt(seeds.length)] = random.nextLong();
            }
        }
        version++;
        final Map<Frontend, Rule> rules = new HashMap<>();
        final Map<PoolId, EndpointPool> pools = new HashMap<>();
        for (int i = 0; i < seeds.length; i++) {
            addService(i, new Random(seeds[i]), rules, pools);
        }
        return new ForwardingPlan(
                version,
                Map.copyOf(rules),
                Map.copyOf(pools),
                node(new Random(nodeSeed)),
                List.of(new HealthCheck(new ObjectName("default", "s0"), 32_122, 1)));
    }

    private void addService(int index, Random dice, Map<Frontend, Rule> rules, Map<PoolId, EndpointPool> pools) {
        if (dice.nextInt(8) == 0) {
            return;
        }
        final Protocol protocol = index % 2 == 0 ? Protocol.TCP : dice.nextInt(8) == 0 ? Protocol.SCTP : Protocol.UDP;
        final ServicePortName owner = new ServicePortName(new ObjectName("default", "s" + index), "p", protocol);
        final EndpointPool cluster = pool(owner, PoolId.Scope.CLUSTER, endpoints(dice));
        final EndpointPool local = pool(
                owner,
                PoolId.Scope.LOCAL,
                cluster.endpoints().stream().filter(PoolEndpoint::local).toList());
        final EndpointPool serving = pool(owner, PoolId.Scope.SERVING, cluster.endpoints());
        List.of(cluster, local, serving).forEach(pool -> pools.put(pool.id(), pool));
        final Balancing balancing = BALANCINGS.get(dice.nextInt(BALANCINGS.size()));
        final Optional<Duration> affinity =
                dice.nextInt(3) == 0 ? Optional.of(Duration.ofSeconds(5L + dice.nextInt(200))) : Optional.empty();
        for (FrontendKind kind : FrontendKind.values()) {
            if (kind == FrontendKind.CLUSTER_IP || dice.nextBoolean()) {
                final Frontend frontend = frontend(kind, index, protocol);
                final List<Cidr> sources = dice.nextInt(5) == 0 ? sources(dice) : List.of();
                rules.put(
                        frontend,
                        Rule.builder(frontend, kind, owner)
                                .fromEverywhere(action(dice, cluster, local))
                                .allowedSources(sources)
                                .affinity(affinity)
                                .balancing(balancing)
                                .serving(serving)
                                .build());
            }
        }
    }

    private Frontend frontend(FrontendKind kind, int index, Protocol protocol) {
        return switch (kind) {
            case CLUSTER_IP -> new Frontend(protocol, world.clusterIp(index), 80);
            case EXTERNAL_IP -> new Frontend(protocol, world.externalIp(index), 80);
            case LOAD_BALANCER -> new Frontend(protocol, world.balancerIp(index), 80);
            case NODE_PORT -> Frontend.nodePort(protocol, world.family(), World.NODE_PORT_BASE + index);
        };
    }

    private List<PoolEndpoint> endpoints(Random dice) {
        final List<PoolEndpoint> endpoints = new ArrayList<>();
        final int port = 8080 + dice.nextInt(2);
        final boolean weighted = dice.nextInt(4) == 0;
        for (int i = 0; i < 3; i++) {
            if (dice.nextBoolean()) {
                endpoints.add(new PoolEndpoint(world.localPod(i), port, weighted ? dice.nextInt(4) : 1, true));
            }
            if (dice.nextBoolean()) {
                endpoints.add(new PoolEndpoint(world.remotePod(i), port, weighted ? dice.nextInt(4) : 1, false));
            }
        }
        return endpoints;
    }

    private EndpointPool pool(ServicePortName owner, PoolId.Scope scope, List<PoolEndpoint> endpoints) {
        return new EndpointPool(
                new PoolId(owner, world.family(), scope),
                endpoints.stream().sorted().toList());
    }

    private List<Cidr> sources(Random dice) {
        return dice.nextBoolean()
                ? List.of(Cidr.of(world.stranger(0)), world.podRange())
                : List.of(Cidr.of(world.primary()));
    }

    private static Action action(Random dice, EndpointPool cluster, EndpointPool local) {
        final EndpointPool pool = dice.nextInt(3) == 0 ? local : cluster;
        final int roll = dice.nextInt(12);
        if (pool.isEmpty() || roll < 3) {
            return roll == 0 ? Action.PASS : roll == 1 ? Action.DROP : Action.REJECT;
        }
        return new Action.Forward(pool, dice.nextBoolean());
    }

    private NodeFacts node(Random dice) {
        final Set<IpAddress> own = Set.of(world.primary(), world.bridge());
        final PodDetector detector =
                switch (dice.nextInt(4)) {
                    case 0 -> new PodDetector.Unknown();
                    case 1 -> new PodDetector.ByInterface("cni", true);
                    default -> new PodDetector.ByCidr(List.of(world.podRange()));
                };
        final Set<IpAddress> nodePortAddresses =
                switch (dice.nextInt(3)) {
                    case 0 -> Set.of(world.primary());
                    case 1 -> Set.of(world.primary(), world.bridge(), world.loopback());
                    default -> own;
                };
        final NodeFacts.Egress toPods = new NodeFacts.Egress(world.podRange(), world.bridge());
        final NodeFacts.Egress elsewhere = new NodeFacts.Egress(world.everywhere(), world.primary());
        final Set<NodeFacts.Loopback> loopback = some(NodeFacts.Loopback.class, dice);
        if (!nodePortAddresses.contains(world.loopback())) {
            loopback.remove(NodeFacts.Loopback.SERVES_NODE_PORTS);
        }
        final Set<ModeSemantics.Answer> answers = some(ModeSemantics.Answer.class, dice);
        return NodeFacts.builder("kubernetes-node-6jst")
                .addresses(own)
                .podDetector(detector)
                .nodePortAddresses(nodePortAddresses)
                .loopback(loopback)
                .mode(new ModeSemantics(dice.nextBoolean() ? Action.PASS : Action.REJECT, answers, Set.of()))
                .serviceRanges(dice.nextBoolean() ? List.of() : List.of(world.serviceRange()))
                .egress(dice.nextInt(10) == 0 ? List.of(toPods) : List.of(elsewhere, toPods))
                .build();
    }

    private static <E extends Enum<E>> Set<E> some(Class<E> type, Random dice) {
        final Set<E> some = EnumSet.allOf(type);
        some.removeIf(_ -> dice.nextBoolean());
        return some;
    }
}
