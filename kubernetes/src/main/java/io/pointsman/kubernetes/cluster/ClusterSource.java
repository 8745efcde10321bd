package io.pointsman.kubernetes.cluster;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ServiceSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source of Services, EndpointSlices, Nodes and ServiceCIDRs from a Kubernetes API server, with kube-proxy's selectors.
 *
 * <p>{@code synced} comes once all kinds are complete. If the server can't be reached it comes earlier, with the state saved
 * by an earlier run; that is a {@link Problem} until the server answers. After that only a deletion by the server removes an
 * object; no failure does. An invalid object is a problem and keeps its last good version.
 *
 * <p>Delivers from its own threads, one at a time. Methods may be called from any thread.
 */
public final class ClusterSource implements ServiceSource {
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(ClusterSource.class);

    private final ClusterSettings settings;
    private final Connector connector;
    private final Limits limits;
    private @Nullable Running running; // guarded by this
    private boolean wasStarted; // guarded by this

    private record Running(
            ApiServer server,
            ClusterState state,
            Optional<StateKeeper> keeper,
            List<Alarm> alarms,
            List<Thread> threads) {}

    /** Creates a source for the cluster that the settings name. Reads nothing before the start. */
    public ClusterSource(ClusterSettings settings) {
        this(settings, new Connector(settings.kubeconfig()), Limits.DEFAULT);
    }

    ClusterSource(ClusterSettings settings, Connector connector, Limits limits) {
        this.settings = Objects.requireNonNull(settings, "settings");
        this.connector = connector;
        this.limits = limits;
    }

    /** Whether this process runs in a pod with a service account, so that a source needs no kubeconfig. */
    public static boolean isInPod() {
        return Connector.isInPod();
    }

    @Override
    public synchronized void start(Listener listener) throws ConfigException {
        if (wasStarted) {
            throw new IllegalStateException("cluster source: was started before");
        }
        wasStarted = true;
        final String address = connector.server();
        final CallGuard guard = new CallGuard(System::nanoTime);
        final ApiServer server = new ApiServer(connector, guard, settings.requests());
        final ClusterState state = new ClusterState(listener);
        final Optional<StateKeeper> keeper = settings.savedStates()
                .map(folder -> new StateKeeper(
                        new SavedState(folder, address + "\n" + settings.node()), state, limits, System::nanoTime));
        final List<Alarm> alarms = new ArrayList<>();
        alarms.add(Alarm.start("pointsman-cluster-guard", guard::look));
        guard.onDue(alarms.getFirst()::within);
        keeper.ifPresent(some -> alarms.add(watch(state, some)));
        final SecureRandom random = new SecureRandom();
        final List<Thread> threads = new ArrayList<>();
        for (ClusterObject.Kind kind : ClusterObject.Kind.values()) {
            final List<Scope> scopes = Scope.of(kind, settings.node());
            threads.add(Thread.ofPlatform()
                    .name("pointsman-cluster-" + scopes.getFirst().resource())
                    .daemon()
                    .start(new Reflector(scopes, server, state, limits, System::nanoTime, random)));
        }
        running = new Running(server, state, keeper, alarms, threads);
    }

    private Alarm watch(ClusterState state, StateKeeper keeper) {
        final Alarm alarm = Alarm.start("pointsman-cluster-keeper", keeper::look);
        state.watch(new ClusterState.Watcher() {
            @Override
            public void changed() {
                alarm.within(limits.saveEvery());
            }

            @Override
            public void troubled() {
                alarm.within(Duration.ZERO);
            }
        });
        return alarm;
    }

    @Override
    public void close() {
        final Running ending;
        synchronized (this) {
            ending = running;
            running = null;
        }
        if (ending == null) {
            return;
        }
        ending.state().close();
        ending.threads().forEach(Thread::interrupt);
        ending.server().close();
        ending.alarms().forEach(Alarm::close);
        boolean interrupted = false;
        for (Thread thread : ending.threads()) {
            try {
                if (!thread.join(END_TIMEOUT)) {
                    LOG.warn("{} has not ended {} s after close", thread.getName(), END_TIMEOUT.toSeconds());
                }
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        ending.keeper().ifPresent(StateKeeper::saveNow);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
