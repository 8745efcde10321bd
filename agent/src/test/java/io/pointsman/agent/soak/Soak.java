package io.pointsman.agent.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testkit.outsiders.AgentBuild;
import io.pointsman.testkit.outsiders.AgentLimits;
import io.pointsman.testkit.outsiders.AgentProcess;
import io.pointsman.testkit.outsiders.Outsider;
import io.pointsman.testkit.outsiders.Site;
import io.pointsman.testkit.outsiders.Tally;
import io.pointsman.testkit.outsiders.Watch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;

/** An agent on a site of its own, its attackers, and the checks that hold under any attack. */
final class Soak implements AutoCloseable {
    /** Folder of a built clone, to apply the same test to another agent. */
    private static final String OTHER_BUILD = "pointsman.soak.build";

    /** Limits of 128 MiB for heap and for buffers each; the JVM takes more memory in addition. */
    static final AgentLimits SMALL = AgentLimits.NONE.withHeap(128);

    private static final long RESIDENT_BOUND_BYTES = 448L << 20;
    private static final int LOG_LINES_BOUND = 100;
    private static final int SIGTERM_EXIT = 128 + 15;

    /** Time limit for the end, on a machine that runs other work. */
    private static final Duration END_PATIENCE = Duration.ofSeconds(30);

    private final Site site;
    private final AgentProcess agent;
    private final List<Outsider> outsiders = new ArrayList<>();
    private @Nullable Watch watch;

    private Soak(Site site, AgentProcess agent) {
        this.site = site;
        this.agent = agent;
    }

    static Soak start(Path folder, AgentLimits limits, Map<String, String> settings) throws IOException {
        final Site site = Site.open(folder);
        try {
            return new Soak(
                    site,
                    AgentProcess.start(build(), site, limits, site.configure(settings), folder.resolve("agent.log")));
        } catch (IOException | RuntimeException e) {
            site.close();
            throw e;
        }
    }

    private static AgentBuild build() throws IOException {
        final String other = System.getProperty(OTHER_BUILD, "");
        return other.isEmpty() ? AgentBuild.ofClassPath(Path.of("target/jvm.options")) : AgentBuild.of(Path.of(other));
    }

    Site site() {
        return site;
    }

    AgentProcess agent() {
        return agent;
    }

    /** Starts a well-behaved client, and requests of those who monitor the agent. */
    Soak watch() throws IOException {
        watch = Watch.begin(site, agent);
        return this;
    }

    /** Starts an attacker, which continues until the soak is closed, after the agent's end. */
    <T extends Outsider> T begin(T outsider) throws IOException {
        outsiders.add(outsider);
        outsider.begin(site);
        return outsider;
    }

    /** Lets the attackers continue for a while. */
    void goOn(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }

    /** Lets an attacker continue until it has done this number of deeds. */
    void goOnUntil(Outsider outsider, long deeds) throws IOException {
        agent.await(
                deeds + " deeds of " + outsider.getClass().getSimpleName() + " are done",
                () -> outsider.deeds() >= deeds);
    }

    /** Ends the watch, and checks that other clients were not affected. */
    void assertNobodyElseNoticed() {
        assertNobodyElseNoticed(LOG_LINES_BOUND);
    }

    /** @param logLines upper bound for the lines logged during the watch */
    void assertNobodyElseNoticed(int logLines) {
        final Watch ended = Objects.requireNonNull(watch, "watch");
        watch = null;
        ended.close();
        SoftAssertions.assertSoftly(softly -> {
            softly.assertThat(agent.isAlive()).as("the agent lives").isTrue();
            assertAllAnswered(softly, "requests", ended.requests());
            assertAllAnswered(softly, "queries", ended.queries());
            assertAllAnswered(softly, "pages", ended.pages());
            softly.assertThat(ended.peakResidentBytes())
                    .as("resident bytes")
                    .isPositive()
                    .isLessThan(RESIDENT_BOUND_BYTES);
            softly.assertThat(ended.logLines())
                    .as(() -> "log lines, the last: " + lastLines())
                    .isLessThan(logLines);
            for (Outsider outsider : outsiders) {
                softly.assertThat(outsider.deeds())
                        .as("deeds of %s", outsider.getClass().getSimpleName())
                        .isPositive();
            }
        });
    }

    private static void assertAllAnswered(SoftAssertions softly, String what, Tally tally) {
        softly.assertThat(tally.lost()).as("%s: %s", what, tally).isZero();
        softly.assertThat(tally.answered()).as("%s answered", what).isPositive();
    }

    private String lastLines() {
        final List<String> lines = agent.said().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    }

    /** Ends the agent by SIGTERM, while the attackers continue. */
    void assertEndsWhenTold() throws IOException, InterruptedException {
        assertThat(agent.terminate(END_PATIENCE)).as("exit code").isEqualTo(SIGTERM_EXIT);
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        outsiders.forEach(Outsider::close);
        agent.close();
        site.close();
    }
}
