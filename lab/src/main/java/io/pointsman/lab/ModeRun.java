package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.PcapRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Run of one backend in its own cluster, from building to removing it. */
final class ModeRun implements AutoCloseable {
    private final String mode;
    private final Path folder;
    private final TutorialCluster cluster;
    private final List<PcapRecording> recordings = new ArrayList<>();
    private final SynTracer tracer;

    private ModeRun(String mode, Path folder, TutorialCluster cluster, SynTracer tracer) {
        this.mode = mode;
        this.folder = folder;
        this.cluster = cluster;
        this.tracer = tracer;
    }

    /** Builds the cluster. */
    static ModeRun open(String mode, Path folder, LabRun.Options options) throws IOException {
        final Optional<Path> pcap = options.pcap();
        final TutorialCluster cluster = TutorialCluster.open(options.source(), folder);
        try {
            final ModeRun run = new ModeRun(mode, folder, cluster, SynTracer.start(cluster.hosts()));
            if (pcap.isPresent()) {
                run.record(Files.createDirectories(pcap.get()));
            }
            return run;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void record(Path captures) throws IOException {
        for (LabHost host : cluster.hosts()) {
            recordings.add(host.record(captures.resolve(mode + "-" + host + ".pcap")));
        }
    }

    TutorialCluster cluster() {
        return cluster;
    }

    /** Plays all steps. */
    ModeReport play(BackendProvider provider, LabRun.Options options, Progress progress, boolean keep)
            throws IOException {
        progress.say(mode + ": the tutorial's cluster is up, in "
                + cluster.hosts().size() + " network namespaces and a router");
        final Play play = new Play(
                mode, options.families(), cluster, new Journeys(cluster, tracer, new Oracle(provider)), progress);
        try {
            playAll(play, progress, keep);
        } catch (ConfigException e) {
            throw new IOException("the lab's own configuration is refused: " + e.getMessage(), e);
        }
        return new ModeReport(mode, "", play.results());
    }

    private void playAll(Play play, Progress progress, boolean keep) throws IOException, ConfigException {
        final Map<String, NodeState> before = cluster.nodeStates();
        final AgentProgram program = AgentProgram.find();
        cluster.startAgents(program, mode);
        progress.say(mode + ": an agent runs on each of the " + cluster.nodes().size() + " nodes");
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
    }

    @Override
    public void close() throws IOException {
        try {
            tracer.close();
            for (PcapRecording recording : recordings) {
                recording.close();
            }
        } finally {
            cluster.close();
        }
    }
}
