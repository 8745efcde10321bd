package io.pointsman.testkit.contract;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendProvider;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An agent in its own process that changes plans without pause until it is killed. Arguments: the provider's class, the
 * state folder, the family, then settings as key=value. Prints {@code working} once the first plan is in force.
 */
final class ContractVictim {
    static final String WORKING = "working";
    /** Number of other Services that are added and removed. */
    static final int OTHERS = 30;

    private static final int CHANGES = 1_000_000; // far more than any test waits for

    private ContractVictim() {}

    public static void main(String[] args) throws Exception {
        final BackendProvider provider = Class.forName(args[0])
                .asSubclass(BackendProvider.class)
                .getDeclaredConstructor()
                .newInstance();
        final Map<String, String> settings = new HashMap<>();
        for (int i = 3; i < args.length; i++) {
            final String[] setting = args[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        final ContractObjects objects = new ContractObjects(IpFamily.valueOf(args[2]), provider.semantics());
        objects.declare(Optional.empty());
        objects.setEndpoints(List.of(1, 2), List.of());
        try (Backend backend = provider.open(new BackendConfig(Path.of(args[1]), settings))) {
            apply(backend, objects);
            System.out.println(WORKING);
            for (int change = 0; change < CHANGES; change++) {
                objects.setEndpoints(change % 2 == 0 ? List.of(1, 2, 3) : List.of(1, 2), List.of());
                final int number = change % OTHERS + 1;
                if (change / OTHERS % 2 == 0) {
                    objects.putOther(number, other(number), "", Map.of(), 1);
                } else {
                    objects.removeOther(other(number));
                }
                apply(backend, objects);
            }
        }
    }

    private static ObjectName other(int number) {
        return new ObjectName("contract", "victims-" + number);
    }

    private static void apply(Backend backend, ContractObjects objects) throws Exception {
        final PlanUpdate update = objects.resolve();
        backend.apply(update.plan(), update.delta());
    }
}
