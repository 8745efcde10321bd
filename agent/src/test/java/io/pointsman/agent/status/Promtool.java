package io.pointsman.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Checks by Prometheus's promtool; skipped if it is missing. */
public final class Promtool {
    /** Names of kube-proxy's gauges that end like counters. */
    private static final Pattern KUBE_PROXYS = Pattern.compile(
            "kubeproxy_sync_proxy_rules_(no_local_endpoints|iptables)_total non-counter metrics should not have \"_total\" suffix");

    private Promtool() {}

    private static ProgramResult run(String input, String... words) throws IOException {
        final List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(words));
        try {
            return Programs.ofNobody().feed(input, command.toArray(String[]::new));
        } catch (IOException e) {
            final String reason = "no promtool here: apt install prometheus (" + e.getMessage() + ")";
            System.err.println("skipped: " + reason);
            return Assumptions.abort(reason);
        }
    }

    /** Requires that a page is valid. */
    public static void checkMetrics(String page) throws IOException {
        final ProgramResult result = run(page, "check", "metrics");
        assertThat((result.output() + result.errors()).lines())
                .as(page)
                .allMatch(line -> KUBE_PROXYS.matcher(line).matches());
        assertThat(page.lines())
                .as(page)
                .noneMatch(line -> line.startsWith(" ")); // promtool accepts it, Prometheus drops the page
        final Set<String> series = new HashSet<>(); // promtool accepts a duplicate
        page.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .forEach(each -> assertThat(series.add(each)).as(each).isTrue());
        assertThat(series).as(page).isNotEmpty();
    }

    /** Requires that a file of rules is valid. */
    public static void checkRules(String file) throws IOException {
        final ProgramResult result = run("", "check", "rules", file);
        assertThat(result.isSuccess()).as(result.output() + result.errors()).isTrue();
    }

    /** Requires that unit tests of rules pass. */
    public static void testRules(String file) throws IOException {
        final ProgramResult result = run("", "test", "rules", file);
        assertThat(result.isSuccess()).as(result.output() + result.errors()).isTrue();
    }
}
