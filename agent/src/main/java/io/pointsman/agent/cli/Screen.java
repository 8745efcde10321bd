package io.pointsman.agent.cli;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.model.IpAddress;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shows a person at a terminal which addresses answer: first all, then changes. Used by one thread. */
final class Screen {
    /** Maximum number of addresses listed. */
    private static final int MAX_LINES = 40;

    private final PrintWriter out;
    private final AgentConfig config;
    private List<String> shown = List.of();
    private boolean isFirst = true;

    Screen(PrintWriter out, AgentConfig config) {
        this.out = out;
        this.config = config;
    }

    void show(AgentStatus status) {
        final List<String> lines = AnsweringAddresses.lines(status);
        if (isFirst) {
            isFirst = false;
            showAll(status, lines);
        } else {
            showChanges(lines);
        }
        shown = lines;
        out.flush();
    }

    private void showAll(AgentStatus status, List<String> lines) {
        out.printf("%nPointsman forwards: mode %s, node %s.%n%n", status.mode(), status.node());
        if (lines.isEmpty()) {
            out.println("  no Service has an address yet");
        }
        show("  ", lines);
        out.println();
        status.metrics().ifPresent(address -> {
            entry("mode in use", "curl http://" + text(address) + "/proxyMode");
            entry("status, problems", "curl http://" + text(address) + "/status");
            entry("configuration", "curl http://" + text(address) + "/configz");
            entry("metrics", "curl http://" + text(address) + "/metrics");
            if (config.dashboard()) {
                entry("a page that shows it", "http://" + text(address) + "/dashboard/");
            }
        });
        status.healthz()
                .ifPresent(address -> entry("this proxy's health", "curl http://" + text(address) + "/healthz"));
        config.manifest()
                .ifPresent(path -> out.printf(
                        "%nEdit %s and save: the change is in force within a second. Ctrl-C stops.%n", path));
    }

    private void showChanges(List<String> lines) {
        show("- ", without(shown, lines));
        show("+ ", without(lines, shown));
    }

    private static List<String> without(List<String> lines, List<String> others) {
        final Set<String> known = new HashSet<>(others);
        return lines.stream().filter(line -> !known.contains(line)).toList();
    }

    private void show(String prefix, List<String> lines) {
        lines.stream().limit(MAX_LINES).forEach(line -> out.println(prefix + line));
        if (lines.size() > MAX_LINES) {
            out.println(prefix + "and " + (lines.size() - MAX_LINES) + " more");
        }
    }

    private void entry(String what, String how) {
        out.println("  " + AnsweringAddresses.columns(what, "", how));
    }

    /** Returns an address that a client can dial, for a bound one. */
    private static String text(InetSocketAddress bound) {
        final IpAddress address = IpAddress.of(bound.getAddress());
        return (address.isUnspecified() ? IpAddress.parse("127.0.0.1") : address).withPort(bound.getPort());
    }
}
