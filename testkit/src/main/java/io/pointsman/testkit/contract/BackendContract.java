package io.pointsman.testkit.contract;

import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.ConformanceCase;
import io.pointsman.testkit.ConformanceCases;
import io.pointsman.testkit.PacketScenario;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of a backend, tested with real packets between network namespaces. Extend it and name the provider:
 *
 * <pre>
 *   class MyBackendContractTest extends BackendContract {
 *       &#64;Override
 *       protected BackendProvider provider() {
 *           return new MyBackendProvider();
 *       }
 *   }
 * </pre>
 *
 * Every call of the backend is made on one thread inside its node's network namespace; threads and programs that it starts
 * are inside too. It must not hand work to threads that it, or a library, started elsewhere before.
 *
 * <p>It has three parts. {@link #packets}: every conformance case of packets, resolved with the backend's own semantics; the
 * oracle gives the expected outcome of each packet. {@link #recordings}: connections recorded with the real kube-proxy,
 * tested in the same way. {@link #scenarios}: requirements that span changes of plans and restarts of the agent.
 *
 * <p>The contract is relaxed for what a backend states that it can't do. Rules reported as unsupported or refused are not
 * tested. Without {@code ownsForeignVips}, VIPs are put on the node's loopback interface. Without {@code keepsSource}, and
 * for rules reported as degraded, endpoints may see the node instead of the client. The deviations {@code drop} and {@code
 * reject} allow any failure instead of silence or a refusal; {@code vips} allows a VIP to refuse at ports without a rule;
 * with {@code own-endpoint} an endpoint on the node itself may see the node; with {@code loopback-network} only the loopback
 * addresses 127.0.0.1 and ::1 are tested, with {@code loopback} none.
 *
 * <p>Needs root. Skipped, with the reason, if no lab can be built or the backend says that it can't run here.
 */
@ExtendWith(LabExtension.class)
public abstract class BackendContract {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    /** Every 13th recorded connection: about 150 of each family; coprime to the period of patterns in the lists. */
    private static final int RECORDED_STEP = 13;

    private int opened;

    protected BackendContract() {}

    /** Returns the provider of the backend under test. */
    protected abstract BackendProvider provider();

    /** Returns the backend's settings; empty unless overridden. */
    protected Map<String, String> settings() {
        return Map.of();
    }

    /** Returns text to add to a failure, such as the node's rules. Called before the lab is removed. */
    protected String diagnose(LabHost node) throws IOException {
        return "";
    }

    /** Returns the cases, of which those of packets are played; all cases unless overridden. */
    protected List<ConformanceCase> cases() {
        return ConformanceCases.load();
    }

    /** Returns n to test every nth recorded connection; 0 for none. */
    protected int recordedStep() {
        return RECORDED_STEP;
    }

    private BackendOpener newOpener() {
        return new BackendOpener(provider(), new BackendConfig(folder.resolve("state" + opened++), settings()));
    }

    /** Returns one test for each conformance case of packets. */
    @TestFactory
    List<DynamicNode> packets() throws ConfigException, IOException {
        requireAvailable();
        final List<DynamicNode> tests = new ArrayList<>();
        for (PacketScenario scenario : PacketScenario.all(cases(), provider().semantics())) {
            tests.add(test(scenario.toString(), this::play, scenario));
        }
        return Share.ofThisJvm().take(tests);
    }

    /** Returns one test for each family, with connections recorded with the real kube-proxy and all its Services at once. */
    @TestFactory
    List<DynamicNode> recordings() throws IOException {
        final List<DynamicNode> tests = new ArrayList<>();
        if (recordedStep() == 0) {
            return tests;
        }
        requireAvailable();
        for (IpFamily family : IpFamily.values()) {
            tests.add(test(
                    "kube-proxy's answers (" + family + ")",
                    _ -> play(PacketScenario.recorded(family, provider().semantics(), recordedStep())),
                    family));
        }
        return Share.ofThisJvm().take(tests);
    }

    private static <T> DynamicTest test(String name, ThrowingConsumer<T> play, T argument) {
        return DynamicTest.dynamicTest(name, () -> play.accept(argument));
    }

    private void play(PacketScenario scenario) throws Exception {
        requireFamily(scenario.family());
        final PacketPlayer player = new PacketPlayer(scenario, newOpener(), this::diagnose);
        player.play();
        if (!player.failures().isEmpty()) {
            Assertions.fail(String.join("\n", player.failures())
                    + player.diagnosis()
                    + (player.skipped().isEmpty() ? "" : "\nnot tried: " + String.join("\n", player.skipped())));
        }
    }

    /** Returns one test for each scenario and address family. */
    @TestFactory
    List<DynamicNode> scenarios() throws IOException {
        requireAvailable();
        final List<DynamicNode> tests = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            ContractScenarios.all()
                    .forEach((name, scenario) -> tests.add(test(
                            name + " (" + family + ")",
                            _ -> {
                                requireFamily(family);
                                try (ContractCluster cluster = ContractCluster.open(family, newOpener())) {
                                    scenario.play(cluster);
                                }
                            },
                            family)));
        }
        return Share.ofThisJvm().take(tests);
    }

    private void requireFamily(IpFamily family) {
        if (!provider().capabilities().families().contains(family)) {
            Skip.because(provider().name() + " does not do " + family + ", as it says");
        }
    }

    /** Probes inside a namespace, as the result may differ outside. */
    private void requireAvailable() throws IOException {
        try (Lab lab = Lab.open()) {
            final Availability availability =
                    lab.addHost("probe").call(() -> provider().probe());
            if (!availability.isAvailable()) {
                Skip.because(provider().name() + " can't run here: " + availability.reason());
            }
        }
    }
}
