package io.pointsman.agent;

import io.pointsman.agent.audit.ConnectionAudit;
import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.backend.BackendSelector;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConnectionAuditing;
import io.pointsman.agent.control.AgentAnswers;
import io.pointsman.agent.control.ControlSocket;
import io.pointsman.agent.dashboard.Dashboard;
import io.pointsman.agent.health.HealthzResponder;
import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.health.ServiceHealth;
import io.pointsman.agent.http.HostCheck;
import io.pointsman.agent.http.HttpServers;
import io.pointsman.agent.http.Responder;
import io.pointsman.agent.http.RetriedListener;
import io.pointsman.agent.http.RoomLimits;
import io.pointsman.agent.log.Lines;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.agent.status.ConnectionTable;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.kubernetes.cluster.ApiRequests;
import io.pointsman.kubernetes.cluster.ClusterSettings;
import io.pointsman.kubernetes.cluster.NodeEvents;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.OpenFiles;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ServiceSource;
import io.pointsman.model.Severity;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.FlowWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's service proxy. Takes Services from a source, keeps a data plane in sync with them, and reports its state to
 * load balancers, scrapers and people. Runs until closed; rules that forward without the process stay in force after
 * that. If it can't go on, it calls {@link AgentListener#failed}; it never ends the process.
 */
public final class Agent implements AutoCloseable {
    private static final Duration SOURCE_LIMIT = Duration.ofSeconds(2);
    private static final Duration LOOP_LIMIT = Duration.ofSeconds(6);
    private static final Duration AUDIT_LIMIT = Duration.ofSeconds(2);
    private static final Duration PORTS_LIMIT = Duration.ofSeconds(2);
    private static final Duration BACKEND_LIMIT = Duration.ofSeconds(3);
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final long LEAST_DESCRIPTORS = 128;

    private final Configuration configuration;
    private final BackendProvider provider;
    private final HostTuning tuning;
    private final String mode;
    private final AgentListener listener;
    private final ServiceSource source;
    private final RunningAgentMarker marker;
    private final Backend backend;
    private final ProblemBoard problems = new ProblemBoard();
    private final AgentMetrics metrics;
    private final ProxyHealth health;
    private final HttpServers servers = new HttpServers();
    private final ServiceHealth serviceHealth;
    private final Optional<RetriedListener> healthzPort;
    private final MetricsResponder metricsResponder;
    private final Optional<Dashboard> dashboard;
    private final Optional<RetriedListener> metricsPort;
    private final Optional<ConnectionAudit> audit;
    private final ControlLoop loop;
    private final ProcessWatch watch;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable InForce inForce;
    private volatile @Nullable ControlSocket control;
    private Optional<EventReporter> events = Optional.empty(); // set before any thread starts

    private record InForce(ForwardingPlan plan, ApplyReport report) {}

    private Agent(
            AgentConfig config,
            BackendProvider provider,
            RunningAgentMarker marker,
            Backend backend,
            ServiceSource source,
            AgentListener listener,
            InstantSource clock) {
        this.provider = provider;
        this.mode = provider.name();
        configuration = new Configuration(config, problems);
        tuning = new HostTuning(problems);
        this.marker = marker;
        this.backend = backend;
        this.source = source;
        this.listener = listener;
        final Set<IpFamily> families = provider.capabilities().families();
        metrics = new AgentMetrics(clock, mode, families, problems);
        metrics.include(backend::measurements);
        metrics.include(ConnectionTable::measurements);
        metrics.showServices(backend, () -> configuration.inForce().serviceMetrics());
        health = new ProxyHealth(clock, System::nanoTime, config.syncPeriod().multipliedBy(2), this::failure);
        serviceHealth = new ServiceHealth(servers, health::isHealthy);
        healthzPort = config.healthzBindAddress()
                .map(address -> new RetriedListener(
                        servers.room(RoomLimits.OWN), address, new HealthzResponder(health, this::counted)));
        metricsResponder = new MetricsResponder(metrics::write);
        final Responder page = new StatusResponder(this::status, metricsResponder, configuration::toJson);
        dashboard = config.metricsBindAddress()
                .filter(_ -> config.dashboard())
                .map(_ -> new Dashboard(page, mode, this::status, backend, provider.capabilities()));
        metricsPort = config.metricsBindAddress()
                .map(address -> new RetriedListener(
                        servers.room(RoomLimits.OWN),
                        address,
                        new HostCheck(dashboard.<Responder>map(some -> some).orElse(page), Set.of(config.node()))));
        audit = config.connectionAuditing() == ConnectionAuditing.OFF
                ? Optional.empty()
                : Optional.of(new ConnectionAudit(
                        this::watchKernel, problems, config.connectionAuditing() == ConnectionAuditing.REPORT));
        audit.ifPresent(counting -> metrics.include(counting::measurements));
        final Reconciler reconciler = new Reconciler(
                config.planOptions(provider.semantics(), families),
                backend,
                new HealthPorts(health, serviceHealth, problems),
                problems,
                metrics,
                new Reconciler.PlanListener() {
                    @Override
                    public void writing() {
                        audit.ifPresent(ConnectionAudit::writing);
                    }

                    @Override
                    public void applied(ForwardingPlan plan, ApplyReport report) {
                        audit.ifPresent(auditing -> auditing.applied(plan));
                        inForce(plan, report);
                    }
                });
        loop = new ControlLoop(
                reconciler,
                health,
                families,
                problems,
                metrics,
                this::openPorts,
                new SyncSchedule(config.minSyncPeriod(), config.syncPeriod(), System.nanoTime()));
        watch = new ProcessWatch(health, problems, listener::failed);
    }

    /**
     * Starts an agent with the configured manifests or cluster.
     *
     * @throws ConfigException if the configuration can't work on this host: no such backend, no source, or another
     *     agent of this mode
     * @throws BackendException if the backend can't be opened
     */
    public static Agent start(AgentConfig config) throws ConfigException, BackendException {
        return start(config, _ -> {});
    }

    /** Starts an agent with the configured manifests or cluster and a listener for each plan that comes into force. */
    public static Agent start(AgentConfig config, AgentListener listener) throws ConfigException, BackendException {
        final ApiRequests requests = new ApiRequests();
        return start(config, Sources.toServe(config, requests), Sources.toTell(config, requests), requests, listener);
    }

    /** Starts an agent with the given source, which the agent starts and closes. */
    public static Agent start(AgentConfig config, ServiceSource source, AgentListener listener)
            throws ConfigException, BackendException {
        return start(config, source, Optional.empty(), new ApiRequests(), listener);
    }

    private static Agent start(
            AgentConfig config,
            ServiceSource source,
            Optional<ClusterSettings> told,
            ApiRequests requests,
            AgentListener listener)
            throws ConfigException, BackendException {
        try {
            requireDescriptors(OpenFiles.raiseLimit());
        } catch (KernelException e) {
            LOG.warn("the limit of open files can't be told: {}", e.getMessage());
        }
        LOG.info("settings in force:{}", new Lines(config.toText().lines().toList()));
        config.notes().forEach(note -> LOG.warn("configuration: {}", note));
        config.metricsBindAddress()
                .filter(address -> config.dashboard() && !address.getAddress().isLoopbackAddress())
                .ifPresent(address -> LOG.warn(
                        "dashboard: every client that can reach {} sees all Services and their clients, without a"
                                + " log-in",
                        address));
        final BackendSelector.Choice choice = new BackendSelector(BackendCatalog.load()).select(config.mode());
        final BackendProvider provider = choice.chosen().provider();
        LOG.info(
                "mode {}: {}; {}",
                provider.name(),
                choice.why(),
                choice.chosen().availability().reason());
        choice.others().forEach(other -> LOG.info("not {}", other));
        final Path records = records(config, provider.name());
        final Optional<Duration> patience =
                config.handOver().filter(_ -> provider.capabilities().has(Capabilities.Feature.OWNS_FOREIGN_VIPS));
        final RunningAgentMarker marker = RunningAgentMarker.announce(provider.name(), records, patience);
        final Backend backend;
        try {
            backend = provider.open(new BackendConfig(records, config.backendSettings()));
        } catch (BackendException | RuntimeException | LinkageError e) {
            marker.close();
            throw e;
        }
        final Agent agent = new Agent(config, provider, marker, backend, source, listener, InstantSource.system());
        agent.metrics.include(requests::measurements);
        agent.events = told.map(cluster -> EventReporter.start(
                NodeEvents.start(cluster, reason -> EventReporter.trouble(agent.problems, reason)),
                agent.problems,
                provider.name()));
        try {
            agent.start();
        } catch (ConfigException | RuntimeException e) {
            agent.close();
            throw e;
        }
        return agent;
    }

    private void start() throws ConfigException {
        tuning.apply(configuration.inForce());
        watch.start();
        openPorts();
        loop.start();
        source.start(loop);
    }

    /** Refuses a start that would fail anywhere and name another reason, or go on and not be able to run a program. */
    static void requireDescriptors(long limit) throws ConfigException {
        if (limit < LEAST_DESCRIPTORS) {
            throw new ConfigException("open files: this process may have " + limit + ", and an agent needs "
                    + LEAST_DESCRIPTORS + " to start; raise the limit (ulimit -n, LimitNOFILE)");
        }
    }

    /** Returns why this agent can't go on; empty while it can. */
    private Optional<String> failure() {
        return backend.failure()
                .map(reason -> "backend " + mode + ": " + reason)
                .or(loop::failure)
                .or(servers::failure);
    }

    private void counted(String path, int status) {
        if (path.equals(HealthzResponder.HEALTHZ)) {
            metrics.healthzReplied(status);
        } else {
            metrics.livezReplied(status);
        }
    }

    /**
     * Watches the kernel's connections; refused if sockets of this process carry them, as the engine has decided those
     * itself.
     */
    private FlowWatch watchKernel() throws BackendException {
        if (provider.semantics().has(ModeSemantics.Trait.DIALS_ENDPOINTS)) {
            throw new BackendException("audit-connections: in mode " + mode
                    + " the engine itself decides connections, so there are no decisions of the kernel to audit");
        }
        return backend.watchFlows();
    }

    private void inForce(ForwardingPlan plan, ApplyReport report) {
        final boolean isFirst = inForce == null;
        inForce = new InForce(plan, report);
        metrics.applied(plan, report);
        listener.inForce(status());
        if (isFirst) {
            events.ifPresent(EventReporter::started);
        }
        if (control == null && !closing.get()) {
            control = openControlSocket(); // not earlier: nothing to show yet, and it would slow the start
        }
    }

    private ControlSocket openControlSocket() {
        return ControlSocket.start(
                records(configuration.inForce(), mode),
                new AgentAnswers(
                        this::status, backend, () -> configuration.inForce().toMap(), HostNetworkReader::read),
                trouble -> problems.replace(
                        Problem.Origin.CONTROL,
                        trouble
                                .map(reason ->
                                        new Problem(Problem.Origin.CONTROL, "control socket", Severity.WARNING, reason))
                                .stream()
                                .toList()));
    }

    private static Path records(AgentConfig config, String mode) {
        return config.stateDirectory().resolve(mode);
    }

    /** Opens the agent's ports that are not open yet. */
    private void openPorts() {
        final List<Problem> closed = new ArrayList<>();
        healthzPort.ifPresent(port -> open(port, "/healthz", closed));
        metricsPort.ifPresent(port -> open(port, "/metrics", closed));
        problems.replace(Problem.Origin.HTTP, closed);
    }

    private static void open(RetriedListener port, String what, List<Problem> closed) {
        port.tryOpen().ifPresent(reason -> closed.add(new Problem(Problem.Origin.HTTP, what, reason)));
    }

    /** Returns the agent's current state. Any thread may call it. */
    public AgentStatus status() {
        final InForce current = inForce;
        return new AgentStatus(
                mode,
                configuration.inForce().node(),
                Optional.ofNullable(current).map(InForce::plan),
                Optional.ofNullable(current).map(InForce::report),
                health.isHealthy(),
                healthzPort.flatMap(RetriedListener::address),
                metricsPort.flatMap(RetriedListener::address),
                problems.all(),
                tuning.reports().stream().map(HostTuning.Report::text).toList());
    }

    /**
     * Changes the configuration of the running agent. A setting that needs a restart keeps its value and becomes a
     * problem that names it. Any thread may call it, one at a time.
     */
    public void reconfigure(AgentConfig newer) {
        final AgentConfig before = configuration.inForce();
        final AgentConfig config = configuration.adopt(newer);
        if (config.equals(before)) {
            return;
        }
        LOG.info("settings in force now:{}", new Lines(config.toText().lines().toList()));
        config.notes().stream()
                .filter(note -> !before.notes().contains(note))
                .forEach(note -> LOG.warn("configuration: {}", note));
        try {
            tuning.apply(config);
        } catch (ConfigException _) {
            // each parameter is already a problem of its own; a running agent goes on
        }
        health.timeout(config.syncPeriod().multipliedBy(2));
        loop.reconfigure(
                config.planOptions(provider.semantics(), provider.capabilities().families()),
                config.minSyncPeriod(),
                config.syncPeriod());
    }

    /** Reports that the changed configuration can't be used; the one in force stays. Any thread may call it. */
    public void keepConfiguration(String reason) {
        configuration.refuse(reason);
    }

    /**
     * Stops within about 15 seconds. Returns when no thread and no port of the agent is left. A part that still hangs is
     * logged and abandoned; if that is a sync or the backend, this process keeps its lock on the state directory. Further
     * calls only wait for the first.
     */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            try {
                closeAll();
            } finally {
                closed.countDown();
            }
        }
        try {
            closed.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeAll() {
        watch.close();
        events.ifPresent(EventReporter::close);
        final ClosingSteps steps = new ClosingSteps();
        steps.close("the source", SOURCE_LIMIT, source::close);
        steps.close("the control loop", LOOP_LIMIT, loop::close);
        audit.ifPresent(auditing -> steps.close("the audit of connections", AUDIT_LIMIT, auditing::close));
        steps.close("the agent's HTTP ports", PORTS_LIMIT, this::closePorts);
        metricsResponder.close();
        dashboard.ifPresent(page -> steps.close("the dashboard", PORTS_LIMIT, page::close));
        final ControlSocket open = control;
        if (open != null) {
            steps.close("the control socket", PORTS_LIMIT, open::close);
        }
        final ClosingSteps work = new ClosingSteps();
        work.close("backend " + mode, BACKEND_LIMIT, backend::close);
        if (work.areAllDone() && loop.isEnded()) {
            marker.close();
        }
    }

    private void closePorts() {
        serviceHealth.close();
        healthzPort.ifPresent(RetriedListener::close);
        metricsPort.ifPresent(RetriedListener::close);
        servers.close();
    }
}
