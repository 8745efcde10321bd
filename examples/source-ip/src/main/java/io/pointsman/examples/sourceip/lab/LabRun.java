package io.pointsman.examples.sourceip.lab;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.examples.sourceip.lab.LabReport.ModeReport;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.PcapRecording;
import io.pointsman.testkit.uml.UmlProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Plays the tutorial with one backend after the other, each in a cluster of its own. */
final class LabRun {
    private final Options options;
    private final Progress progress;

    /**
     * What to play.
     *
     * @param modes names of backends, or {@code all}
     * @param uml whether to play inside User Mode Linux what this kernel can't carry
     * @param pcap a folder for every host's packets
     */
    record Options(List<String> modes, List<IpFamily> families, boolean uml, boolean keep, Optional<Path> pcap) {
        Options {
            modes = List.copyOf(modes);
            families = List.copyOf(families);
        }

        boolean isAll() {
            return modes.contains(LabCommand.ALL);
        }
    }

    LabRun(Options options, Progress progress) {
        this.options = options;
        this.progress = progress;
    }

    LabReport run() throws IOException, InterruptedException {
        final BackendCatalog catalog = BackendCatalog.load();
        final Path folder = Files.createTempDirectory("pointsman-lab-");
        final Guardian guardian = Guardian.start(folder);
        final Thread atExit = new Thread(guardian::close, "lab clean-up");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            final List<ModeReport> reports = new ArrayList<>(unknown(catalog));
            final List<BackendProvider> chosen = catalog.providers().stream()
                    .filter(one -> options.isAll() || options.modes().contains(one.name()))
                    .toList();
            reports.addAll(play(chosen, folder));
            return new LabReport(reports, progress.seconds());
        } finally {
            guardian.close();
            removeHook(atExit);
        }
    }

    private List<ModeReport> unknown(BackendCatalog catalog) {
        final List<String> known =
                catalog.providers().stream().map(BackendProvider::name).toList();
        return options.modes().stream()
                .filter(mode -> !mode.equals(LabCommand.ALL) && !known.contains(mode))
                .map(mode -> new ModeReport(mode, "there is no backend of that name; there are " + known, List.of()))
                .toList();
    }

    private List<ModeReport> play(List<BackendProvider> providers, Path folder)
            throws IOException, InterruptedException {
        final Map<String, Availability> availability = probe(providers);
        final Map<String, Elsewhere> elsewhere = new LinkedHashMap<>();
        final List<String> here = new ArrayList<>();
        for (BackendProvider provider : providers) {
            final String mode = provider.name();
            final Availability found = Objects.requireNonNull(availability.get(mode), mode);
            if (found.isAvailable()) {
                here.add(mode);
            } else if (!options.uml()
                    || LabInUml.isInside()
                    || UmlProgram.unavailable().isPresent()) {
                progress.say(mode + ": can't run here: " + found.reason());
            } else {
                progress.say(mode + ": can't run on this kernel; played inside User Mode Linux meanwhile");
                elsewhere.put(mode, Elsewhere.start(mode, options.families(), folder.resolve("uml-" + mode)));
            }
        }
        final List<ModeReport> reports = new ArrayList<>();
        for (BackendProvider provider : providers) {
            final String mode = provider.name();
            final Elsewhere other = elsewhere.get(mode);
            if (here.contains(mode)) {
                reports.add(play(provider, folder.resolve(mode), options.keep() && mode.equals(here.getLast())));
            } else if (other == null) {
                reports.add(new ModeReport(
                        mode,
                        Objects.requireNonNull(availability.get(mode), mode).reason(),
                        List.of()));
            }
        }
        for (Map.Entry<String, Elsewhere> other : elsewhere.entrySet()) {
            progress.section(other.getKey(), "waiting for User Mode Linux");
            final ModeReport report = other.getValue().await();
            report.steps().forEach(progress::done);
            reports.add(report);
        }
        return reports;
    }

    /** Inside a namespace, as their agents will be. */
    private static Map<String, Availability> probe(List<BackendProvider> providers) throws IOException {
        final Map<String, Availability> availability = new LinkedHashMap<>();
        try (Lab lab = Lab.open()) {
            final LabHost host = lab.addHost("probe");
            for (BackendProvider provider : providers) {
                availability.put(provider.name(), host.call(provider::probe));
            }
        }
        return availability;
    }

    private ModeReport play(BackendProvider provider, Path folder, boolean keep)
            throws IOException, InterruptedException {
        try (TutorialCluster cluster = TutorialCluster.open(folder)) {
            progress.say(provider.name() + ": the tutorial's cluster is up, in "
                    + cluster.hosts().size() + " network namespaces and a router");
            final List<PcapRecording> recordings = record(provider.name(), cluster);
            try (SynTracer tracer = SynTracer.start(cluster.hosts())) {
                final Play play = new Play(
                        provider.name(),
                        options.families(),
                        cluster,
                        new Journeys(cluster, tracer, new Oracle(provider)),
                        progress);
                playAll(play, folder, keep);
                if (keep) {
                    keep(cluster);
                }
                return new ModeReport(provider.name(), "", play.results());
            } finally {
                for (PcapRecording recording : recordings) {
                    recording.close();
                }
            }
        }
    }

    private void playAll(Play play, Path folder, boolean keep) throws IOException {
        try {
            final Map<String, NodeState> before = play.cluster().nodeStates();
            final AgentProgram program = AgentProgram.find();
            play.cluster().startAgents(program, play.mode());
            progress.say(play.mode() + ": an agent runs on each of the "
                    + play.cluster().nodes().size() + " nodes");
            final Tutorial tutorial = new Tutorial(play);
            tutorial.proxyMode();
            tutorial.clusterIp();
            tutorial.nodePort();
            tutorial.loadBalancer();
            final CrossPlatform end = new CrossPlatform(play);
            end.balancers(folder);
            end.cleanUp();
            final Beyond beyond = new Beyond(play);
            beyond.dualStack();
            beyond.internalTrafficPolicy();
            beyond.hairpin();
            beyond.sessionAffinity();
            final Changes changes = new Changes(play);
            changes.rollingUpdate();
            changes.drain(folder);
            if (!keep) {
                end.uninstall(program, before);
            }
        } catch (ConfigException e) {
            throw new IOException("the lab's own configuration is refused: " + e.getMessage(), e);
        }
    }

    private List<PcapRecording> record(String mode, TutorialCluster cluster) throws IOException {
        final List<PcapRecording> recordings = new ArrayList<>();
        if (options.pcap().isPresent()) {
            final Path folder = Files.createDirectories(options.pcap().get());
            for (LabHost host : cluster.hosts()) {
                recordings.add(host.record(folder.resolve(mode + "-" + host + ".pcap")));
            }
        }
        return recordings;
    }

    private void keep(TutorialCluster cluster) throws InterruptedException {
        progress.say("The cluster stays up until Ctrl-C. To enter a host:");
        for (LabHost host : cluster.hosts()) {
            progress.plain(String.format(
                    Locale.ROOT,
                    "  %-22s nsenter --net=%s bash",
                    host,
                    host.namespace().file()));
        }
        new CountDownLatch(1).await(); // the process ends by a signal, and its hook cleans up
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // it runs: the process is ending
        }
    }
}
