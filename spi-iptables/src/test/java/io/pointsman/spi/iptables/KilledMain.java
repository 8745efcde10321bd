package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Process that changes rules until it is killed; arguments {@code netns flavour stateDirectory seed}. */
final class KilledMain {
    private static final int SERVICES = 300;
    private static final String[] ENDPOINTS = {"10.201.0.2,8080"};

    private KilledMain() {}

    public static void main(String[] args) throws Exception {
        final Random random = new Random(Long.parseLong(args[3]));
        try (Backend backend = new IptablesProvider()
                .open(new BackendConfig(
                        Path.of(args[2]),
                        Map.of("netns", args[0], "flavour", args[1], "watch-seconds", "0", "comment-limit", "0")))) {
            ForwardingPlan before = null;
            for (int version = 1; ; version++) {
                final ForwardingPlan plan = plan(version, random);
                backend.apply(plan, Plans.delta(before, plan));
                before = plan;
                System.out.println(version);
            }
        }
    }

    /** Returns a plan with the service of the lasting connection, and others that change each time. */
    static ForwardingPlan plan(long version, Random random) {
        final List<Rule> rules = new ArrayList<>();
        rules.add(steady());
        for (int i = 0; i < SERVICES; i++) {
            if (random.nextInt(4) == 0) {
                continue;
            }
            final ServicePortName owner = Plans.owner("s" + i, Protocol.TCP);
            final EndpointPool pool = Plans.pool(
                    owner,
                    PoolId.Scope.CLUSTER,
                    IpFamily.IPV4,
                    "10.1." + random.nextInt(256) + ".1,80",
                    "10.2." + random.nextInt(256) + ".1,80");
            final String vip = "172.30." + (1 + i / 200) + "." + i % 200;
            rules.add(Plans.usual(Plans.clusterIp(owner, vip, 80), pool));
            if (random.nextInt(3) == 0) {
                rules.add(Plans.nodePort(owner, IpFamily.IPV4, 30_000 + i)
                        .all(Plans.masquerade(pool))
                        .build());
            }
        }
        return Plans.plan(version, node(), List.of(), rules);
    }

    static NodeFacts node() {
        return Plans.node("192.168.0.2");
    }

    static Rule steady() {
        final ServicePortName owner = Plans.owner("steady", Protocol.TCP);
        final EndpointPool pool = Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, ENDPOINTS);
        return Plans.usual(Plans.clusterIp(owner, "172.30.0.1", 80), pool);
    }
}
