package io.pointsman.examples.sourceip.lab;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.examples.sourceip.lab.LabReport.ModeReport;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.PcapRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
     * @param pcap a folder for every host's packets
     */
    record Options(List<String> modes, List<IpFamily> families, boolean keep, Optional<Path> pcap) {
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
        final List<ModeReport> reports = new ArrayList<>();
        for (String mode : options.modes()) {
            if (!mode.equals(LabCommand.ALL)
                    && catalog.providers().stream().noneMatch(one -> one.name().equals(mode))) {
                reports.add(new ModeReport(
                        mode,
                        "there is no backend of that name; there are "
                                + catalog.providers().stream()
                                        .map(BackendProvider::name)
                                        .toList(),
                        List.of()));
            }
        }
        final List<BackendProvider> chosen = catalog.providers().stream()
                .filter(one -> options.isAll() || options.modes().contains(one.name()))
                .toList();
        for (BackendProvider provider : chosen) {
            final boolean isLast = provider.name().equals(chosen.getLast().name());
            reports.add(play(provider, isLast && options.keep()));
        }
        return new LabReport(reports, progress.seconds());
    }

    private ModeReport play(BackendProvider provider, boolean keep) throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("pointsman-lab-");
        final Guardian guardian = Guardian.start(folder);
        final Thread atExit = new Thread(guardian::close, "lab clean-up");
        Runtime.getRuntime().addShutdownHook(atExit);
        try (TutorialCluster cluster = TutorialCluster.open(folder)) {
            progress.say(provider.name() + ": the tutorial's cluster is up, in "
                    + cluster.hosts().size() + " network namespaces and a router");
            final Availability availability = cluster.nodes().getFirst().call(provider::probe);
            if (!availability.isAvailable()) {
                progress.say(provider.name() + ": can't run here: " + availability.reason());
                return new ModeReport(provider.name(), availability.reason(), List.of());
            }
            final List<PcapRecording> recordings = record(provider.name(), cluster);
            try (SynTracer tracer = SynTracer.start(cluster.hosts())) {
                final Play play = new Play(
                        provider.name(),
                        options.families(),
                        cluster,
                        new Journeys(cluster, tracer, new Oracle(provider)),
                        progress);
                playAll(play, folder);
                if (keep) {
                    keep(cluster);
                }
                return new ModeReport(provider.name(), "", play.results());
            } finally {
                for (PcapRecording recording : recordings) {
                    recording.close();
                }
            }
        } finally {
            guardian.close();
            removeHook(atExit);
        }
    }

    private void playAll(Play play, Path folder) throws IOException {
        try {
            play.cluster().startAgents(AgentProgram.find(), play.mode());
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
