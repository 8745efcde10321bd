package io.pointsman.lab;

import io.pointsman.lab.StepResult.Verdict;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plays the steps of one mode, and keeps what each does, expects and observes. */
final class Play {
    private final String mode;
    private final List<IpFamily> families;
    private final TutorialCluster cluster;
    private final Journeys journeys;
    private final Progress progress;
    private final List<StepResult> results = new ArrayList<>();
    private String section = "";

    Play(String mode, List<IpFamily> families, TutorialCluster cluster, Journeys journeys, Progress progress) {
        this.mode = mode;
        this.families = List.copyOf(families);
        this.cluster = cluster;
        this.journeys = journeys;
        this.progress = progress;
    }

    String mode() {
        return mode;
    }

    List<IpFamily> families() {
        return families;
    }

    TutorialCluster cluster() {
        return cluster;
    }

    List<StepResult> results() {
        return List.copyOf(results);
    }

    void section(String title) {
        section = title;
        progress.section(mode, title);
    }

    /** Makes an edit of the cluster, which is not a step by itself. */
    void edit(String command, TutorialCluster.Edit edit) throws IOException {
        progress.say(mode + ": $ " + command);
        cluster.edit(edit);
    }

    /** Observation of a step, with its own check. */
    interface Look {
        Finding observe() throws IOException;
    }

    /** An observation, and whether it is as expected. */
    record Finding(String observed, boolean isRight) {}

    /** Observation of a step, which must equal the expected text. */
    interface Question {
        String ask() throws IOException;
    }

    /** Plays a step without packets to draw. */
    void ask(String what, String family, String command, String expected, Question question) throws IOException {
        look(what, family, command, expected, () -> {
            final String answer = question.ask();
            return new Finding(answer, answer.equals(expected));
        });
    }

    /** Plays a step without packets to draw; {@code expected} only describes the right observation. */
    void look(String what, String family, String command, String expected, Look look) throws IOException {
        progress.next(what, family, command);
        final long start = System.nanoTime();
        final Finding found = look.observe();
        add(new StepResult(
                section,
                what,
                family,
                command,
                expected,
                found.observed(),
                found.isRight() ? Verdict.PASSED : Verdict.FAILED,
                millisSince(start),
                Optional.empty()));
    }

    /** Adds a step that can't be played here. */
    void skip(String what, String family, String command, String expected, String why) {
        add(new StepResult(section, what, family, command, expected, why, Verdict.SKIPPED, 0, Optional.empty()));
    }

    /** Expected value of a line in the answer, by the name of the line. */
    record Expected(String line, String value) {
        static Expected client(IpAddress address) {
            return new Expected("client_address", address.toString());
        }

        static Expected nothing() {
            return new Expected("client_address", Outcomes.NO_ANSWER);
        }
    }

    /** Derives the expected value from a journey, for example the address of the node that forwarded. */
    interface FromJourney {
        Expected expected(Journey journey) throws IOException;
    }

    /** Plays a request whose path is drawn and checked. */
    void request(String what, Route route, IpAddress to, int port, Expected expected)
            throws IOException, ConfigException {
        request(what, route, to, port, expected.value(), _ -> expected);
    }

    /** Plays a request whose expected value depends on the capture; {@code said} describes it in words. */
    void request(String what, Route route, IpAddress to, int port, String said, FromJourney expectation)
            throws IOException, ConfigException {
        final String url = Curl.url(to, port, "");
        final String family = to.family() == IpFamily.IPV4 ? "IPv4" : "IPv6";
        progress.next(what, family, route.client() + "# curl " + url);
        journeys.begin();
        final long start = System.nanoTime();
        final LabHost client = cluster.host(route.client());
        final Curl curl = said.equals(Outcomes.NO_ANSWER) ? Curl.getNothing(client, url) : Curl.get(client, url);
        final long millis = millisSince(start);
        final Journey journey = journeys.draw(route, to, port);
        final Expected expected = expectation.expected(journey);
        final String observed = curl.value(expected.line());
        final boolean isRight = observed.equals(expected.value()) && journey.isConfirmed();
        add(new StepResult(
                section,
                what,
                family,
                route.client() + "# " + curl.shown(),
                said,
                observed,
                isRight ? Verdict.PASSED : Verdict.FAILED,
                millis,
                Optional.of(journey)));
    }

    private void add(StepResult result) {
        results.add(result);
        progress.done(mode, result);
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
