package io.pointsman.lab;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
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
import org.jspecify.annotations.Nullable;

/** Plays the tutorial with each backend in turn, each in its own cluster. */
final class LabRun {
    private final BackendCatalog catalog;
    private final Options options;
    private final Progress progress;
    private @Nullable ModeRun kept;

    /**
     * Options of a run.
     *
     * @param modes names of backends, or {@code all}
     * @param source where agents read the cluster's objects
     * @param uml whether to play modes that this kernel can't run inside User Mode Linux
     * @param pcap folder for every host's packets
     */
    record Options(
            List<String> modes,
            List<IpFamily> families,
            Source source,
            boolean uml,
            boolean keep,
            Optional<Path> pcap) {
        Options {
            modes = List.copyOf(modes);
            families = List.copyOf(families);
        }

        boolean isAll() {
            return modes.contains(LabCommand.ALL);
        }
    }

    /** Receiver of the result. */
    @FunctionalInterface
    interface Shower {
        void show(LabReport report) throws IOException;
    }

    LabRun(BackendCatalog catalog, Options options, Progress progress) {
        this.catalog = catalog;
        this.options = options;
        this.progress = progress;
    }

    /**
     * Plays the modes and shows the result. With a cluster to keep it does not return: the process ends by a signal, and its
     * shutdown hook cleans up.
     */
    void run(Shower shower) throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("pointsman-lab-");
        final Guardian guardian = Guardian.start(folder);
        final Thread atExit = new Thread(guardian::close, "lab clean-up");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            shower.show(new LabReport(play(folder), progress.seconds()));
            final ModeRun cluster = kept;
            if (cluster != null) {
                tellHowToEnter(cluster.cluster());
                new CountDownLatch(1).await();
            }
        } finally {
            if (kept != null) {
                kept.close();
            }
            guardian.close();
            removeHook(atExit);
        }
    }

    private List<ModeReport> play(Path folder) throws IOException, InterruptedException {
        final List<BackendProvider> chosen = catalog.providers().stream()
                .filter(one -> options.isAll() || options.modes().contains(one.name()))
                .toList();
        final Map<String, Availability> availability = probe(chosen);
        final Map<String, ModeReport> reports = new LinkedHashMap<>();
        final List<Elsewhere> elsewhere = new ArrayList<>();
        final List<BackendProvider> here = new ArrayList<>();
        for (BackendProvider provider : chosen) {
            final String mode = provider.name();
            final Availability found = Objects.requireNonNull(availability.get(mode), mode);
            if (found.isAvailable()) {
                here.add(provider);
            } else if (options.uml()
                    && !LabInUml.isInside()
                    && UmlProgram.unavailable().isEmpty()) {
                elsewhere.add(
                        new Elsewhere(mode, new LabInUml(mode, options, progress, folder.resolve("uml-" + mode))));
            } else {
                progress.say(mode + ": can't run here: " + found.reason());
                reports.put(mode, new ModeReport(mode, found.reason(), List.of()));
            }
        }
        if (options.keep() && here.isEmpty()) {
            progress.say("nothing to keep: what is played inside User Mode Linux ends with it");
        }
        if (!progress.isStepwise()) {
            elsewhere.forEach(Elsewhere::start); // stepwise, only one at a time waits for Enter
        }
        for (BackendProvider provider : here) {
            reports.put(provider.name(), play(provider, folder, options.keep() && provider.equals(here.getLast())));
        }
        for (Elsewhere other : elsewhere) {
            reports.put(other.mode(), other.await());
        }
        return List.copyOf(reports.values());
    }

    private ModeReport play(BackendProvider provider, Path folder, boolean keep) throws IOException {
        final ModeRun run = ModeRun.open(provider.name(), folder.resolve(provider.name()), options);
        if (keep) {
            kept = run;
            return run.play(provider, options, progress, true);
        }
        try (run) {
            return run.play(provider, options, progress, false);
        }
    }

    /** Probes the backends inside a namespace, as their agents will run. */
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

    private void tellHowToEnter(TutorialCluster cluster) throws IOException {
        final List<String> lines = new ArrayList<>();
        for (LabHost host : cluster.hosts()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-22s nsenter --net=%s bash",
                    host,
                    host.namespace().file()));
        }
        lines.add("There, curl http://10.0.170.92 asks as that host.");
        lines.addAll(cluster.state().store().howToEdit());
        final String end =
                Interrupt.isIgnored() ? "kill " + ProcessHandle.current().pid() : "Ctrl-C here";
        lines.add(end + " removes all of it.");
        progress.block("The cluster stays up. To enter a host:", lines);
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // it runs: the process is ending
        }
    }
}
