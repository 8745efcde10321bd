package io.pointsman.bench.outsiders;

import io.pointsman.bench.kernel.Scratch;
import io.pointsman.testkit.outsiders.AgentBuild;
import io.pointsman.testkit.outsiders.AgentProcess;
import io.pointsman.testkit.outsiders.Outsider;
import io.pointsman.testkit.outsiders.Site;
import io.pointsman.testkit.outsiders.Watch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Measurements of one new agent: first without attack, then under attack, then some seconds after it. */
record Trial(Part quiet, Part attacked, double afterMebibytes) {
    private static final double MEBIBYTE = 1 << 20;
    private static final long QUIET_SECONDS = 4;

    /**
     * Measurements of one phase.
     *
     * @param peakMebibytes peak of the agent's resident memory
     * @param medianMillis median time of the answered requests, including connection setup and close; NaN if none was
     *     answered
     */
    record Part(double peakMebibytes, double medianMillis, double p99Millis, long answered, long lost) {
        static Part of(Watch watch) {
            return new Part(
                    watch.peakResidentBytes() / MEBIBYTE,
                    watch.requests().quantileMillis(0.5),
                    watch.requests().quantileMillis(0.99),
                    watch.requests().answered(),
                    watch.requests().lost());
        }
    }

    static Trial run(AgentBuild build, Scenario scenario, long seconds) throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.make();
                Site site = Site.open(scratch.folder())) {
            final Path log = scratch.folder().resolve("agent.log");
            try (AgentProcess agent =
                    AgentProcess.start(build, site, scenario.limits(), site.configure(Map.of()), log)) {
                final Part _ = watched(site, agent, 1); // resources that only the first requests load
                final Part quiet = watched(site, agent, QUIET_SECONDS);
                final Part attacked;
                try (Outsider outsider = scenario.outsider()) {
                    outsider.begin(site);
                    attacked = watched(site, agent, seconds);
                }
                TimeUnit.SECONDS.sleep(QUIET_SECONDS);
                return new Trial(quiet, attacked, agent.residentBytes() / MEBIBYTE);
            }
        }
    }

    private static Part watched(Site site, AgentProcess agent, long seconds) throws IOException, InterruptedException {
        final Watch watch = Watch.begin(site, agent);
        try (watch) {
            TimeUnit.SECONDS.sleep(seconds);
        }
        return Part.of(watch);
    }

    double peakMebibytes() {
        return attacked.peakMebibytes();
    }

    /** Returns the memory growth under attack; at least 1, as a few pages always come and go. */
    double grownMebibytes() {
        return Math.max(1, attacked.peakMebibytes() - quiet.peakMebibytes());
    }
}
