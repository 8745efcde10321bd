package io.pointsman.testkit.contract;

import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.testkit.lab.LabHost;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Opens the backend under test on a host, any number of times, always with the same state folder. */
record BackendOpener(BackendProvider provider, BackendConfig config) {
    BackendOnNode open(LabHost node) throws BackendException {
        return BackendOnNode.open(node, provider, config);
    }

    Capabilities capabilities(LabHost node) {
        return node.call(provider::capabilities);
    }

    /**
     * Returns arguments for {@link ContractVictim} to open the same backend; empty if it can't create the provider's class.
     */
    Optional<List<String>> victimArguments(IpFamily family) {
        final Class<?> type = provider.getClass();
        final boolean isMakeable =
                Arrays.stream(type.getConstructors()).anyMatch(constructor -> constructor.getParameterCount() == 0);
        if (!isMakeable || !Modifier.isPublic(type.getModifiers())) {
            return Optional.empty();
        }
        final List<String> arguments =
                new ArrayList<>(List.of(type.getName(), config.stateDirectory().toString(), family.name()));
        config.settings().forEach((key, value) -> arguments.add(key + "=" + value));
        return Optional.of(arguments);
    }
}
