package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random services of every shape, with names that look like syntax. */
public final class RandomPlans {
    private static final String[] NASTY = {
        "plain", "quo\"te", "back\\slash", "new\nline", "-j DROP", "'; COMMIT", "tab\there", "ünïcödé", "x".repeat(300)
    };

    private final Random random;

    public RandomPlans(Random random) {
        this.random = random;
    }

    /** Returns the rules of service port {@code index}. */
    public List<Rule> service(int index, IpFamily family) {
        final Protocol protocol = oneOf(List.of(Protocol.values()));
        final ServicePortName owner = Plans.owner(NASTY[random.nextInt(NASTY.length)] + index, protocol);
        final boolean ipv4 = family == IpFamily.IPV4;
        final EndpointPool cluster = pool(owner, PoolId.Scope.CLUSTER, ipv4, 1 + random.nextInt(5));
        final EndpointPool local = pool(owner, PoolId.Scope.LOCAL, ipv4, 1 + random.nextInt(2));
        final String vip =
                ipv4 ? "172.30." + (index >> 8) + "." + (index & 255) : "fd00:96::" + Integer.toHexString(index + 1);
        final String external = ipv4 ? "203.0.113." + (index & 255) : "2001:db8:1::" + Integer.toHexString(index + 1);
        final List<Rule> rules = new ArrayList<>();
        rules.add(finish(Plans.clusterIp(owner, vip, 80 + random.nextInt(3)), action(cluster, cluster, true)));
        if (random.nextBoolean()) {
            rules.add(finish(Plans.nodePort(owner, family, 30000 + index), action(cluster, local, false)));
        }
        if (random.nextBoolean()) {
            final Plans.RuleBuilder rule = Plans.vip(owner, FrontendKind.LOAD_BALANCER, external, 1000 + index);
            if (random.nextBoolean()) {
                rule.sources(ipv4 ? "198.51.100.0/24" : "2001:db8:2::/48", ipv4 ? "0.0.0.0/0" : "::/0");
            }
            rules.add(finish(rule, action(cluster, local, false)));
        }
        return rules;
    }

    private Rule finish(Plans.RuleBuilder rule, Action[] actions) {
        rule.actions(actions[0], actions[1], actions[2]);
        rule.balancing(oneOf(List.of(Balancing.values())));
        if (random.nextInt(4) == 0) {
            rule.affinity(1 + random.nextInt(86400));
        }
        return rule.build();
    }

    private Action[] action(EndpointPool first, EndpointPool second, boolean internal) {
        return switch (random.nextInt(internal ? 4 : 8)) {
            case 0 -> same(Action.REJECT);
            case 1 -> same(Action.DROP);
            case 2 -> same(Plans.forward(first));
            case 3 -> new Action[] {Plans.forward(first), Plans.masquerade(first), Plans.masquerade(first)};
            case 4 -> new Action[] {Plans.forward(first), Plans.masquerade(first), Plans.forward(second)};
            case 5 -> new Action[] {Plans.forward(first), Plans.masquerade(first), Action.DROP};
            case 6 -> new Action[] {Action.REJECT, Action.PASS, Action.DROP};
            default -> same(Plans.masquerade(first));
        };
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static Action[] same(Action action) {
        return new Action[] {action, action, action};
    }

    private EndpointPool pool(ServicePortName owner, PoolId.Scope scope, boolean ipv4, int size) {
        final String[] endpoints = new String[size];
        for (int i = 0; i < size; i++) {
            final String address = ipv4
                    ? "10." + random.nextInt(4) + "." + random.nextInt(256) + "." + (i * 50 + random.nextInt(50))
                    : "fd00:10::" + Integer.toHexString(i * 1000 + random.nextInt(1000));
            endpoints[i] = address + "," + (1 + random.nextInt(65535)) + "," + (1 + random.nextInt(9));
        }
        return Plans.pool(owner, scope, ipv4 ? IpFamily.IPV4 : IpFamily.IPV6, endpoints);
    }
}
