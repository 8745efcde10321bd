package io.pointsman.lab;

import io.pointsman.testkit.lab.CommandResult;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** State that a data plane may have set up on a node: packet filter rules and sets, interfaces, routing rules, routes. */
record NodeState(List<String> lines) {
    private static final List<String> PROGRAMS = List.of(
            "iptables-nft-save",
            "iptables-legacy-save",
            "ip6tables-nft-save",
            "ip6tables-legacy-save",
            "ipset list -name",
            "ip -oneline link show | cut -d: -f2",
            "ip rule",
            "ip -6 rule",
            "ip route show table all",
            "ip -6 route show table all");

    private static final String SCRIPT =
            PROGRAMS.stream().map(NodeState::ifInstalled).collect(Collectors.joining("\n"));

    NodeState {
        lines = List.copyOf(lines);
    }

    static NodeState of(LabHost node) throws IOException {
        final CommandResult result = node.run("sh", "-c", SCRIPT);
        return new NodeState(result.output()
                .lines()
                .filter(NodeState::isSetUp)
                .map(String::strip)
                .toList());
    }

    private static String ifInstalled(String command) {
        return "! command -v " + command.split(" ", 2)[0] + " >/dev/null || " + command;
    }

    /** Whether a line is set up by a program, and not a comment or a built-in chain. */
    private static boolean isSetUp(String line) {
        return !line.startsWith("#") && !line.startsWith("*") && !line.equals("COMMIT") && !line.matches(":[A-Z]+ .*");
    }

    /** Returns the lines that were added or removed since; empty if there are none. */
    List<String> differencesFrom(NodeState before) {
        final List<String> differences = new ArrayList<>();
        lines.stream().filter(line -> !before.lines.contains(line)).forEach(line -> differences.add("+ " + line));
        before.lines.stream().filter(line -> !lines.contains(line)).forEach(line -> differences.add("- " + line));
        return differences;
    }
}
