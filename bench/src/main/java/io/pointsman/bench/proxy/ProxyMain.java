package io.pointsman.bench.proxy;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendProvider;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/** The userspace backend with one rule, until its standard input ends: {@code port endpointPort [key=value …]}. */
public final class ProxyMain {
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private ProxyMain() {}

    public static void main(String[] args) throws Exception {
        final Map<String, String> settings = new HashMap<>();
        for (int i = 2; i < args.length; i++) {
            final String[] setting = args[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        final BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("userspace"))
                .findFirst()
                .orElseThrow();
        try (Backend backend = provider.open(
                new BackendConfig(Path.of(System.getProperty("java.io.tmpdir"), "pointsman-bench"), settings))) {
            final Rule rule = rule(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
            final ForwardingPlan plan = plan(rule);
            System.out.println(backend.apply(plan, PlanDelta.whole(plan)));
            while (System.in.read() >= 0) {
                System.gc(); // for any byte: the parent is about to read the size of the heap
                final Runtime runtime = Runtime.getRuntime();
                System.out.println("heap " + (runtime.totalMemory() - runtime.freeMemory()));
            }
        }
    }

    private static Rule rule(int port, int endpointPort) {
        final ServicePortName owner = new ServicePortName(new ObjectName("bench", "one"), "", Protocol.TCP);
        final EndpointPool pool = new EndpointPool(
                new PoolId(owner, IpFamily.IPV4, PoolId.Scope.CLUSTER),
                List.of(new PoolEndpoint(LOOPBACK, endpointPort, 1, true)));
        final Action forward = new Action.Forward(pool, true);
        return Rule.builder(new Frontend(Protocol.TCP, LOOPBACK, port), FrontendKind.CLUSTER_IP, owner)
                .fromEverywhere(forward)
                .serving(pool)
                .build();
    }

    private static ForwardingPlan plan(Rule rule) {
        final NodeFacts node = NodeFacts.builder("bench")
                .addresses(Set.of(LOOPBACK))
                .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), LOOPBACK)))
                .build();
        return ForwardingPlan.of(1, node, List.of(rule), List.of());
    }
}
