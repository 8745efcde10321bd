package io.pointsman.agent.doctor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ports at which a chain of iptables translates whatever is for an address of this host, whichever: a CNI's hostPorts, Docker's
 * published ports. Virtual addresses that are the host's own are among them.
 *
 * @param chain {@code CNI-HOSTPORT-DNAT}
 * @param ports as the rules name them: {@code 443}, {@code 8000:8080}
 */
record PublishedPorts(String chain, List<String> ports) {
    private static final Pattern ENTRY = Pattern.compile("-A PREROUTING .*-m addrtype --dst-type LOCAL .*-j (\\S+)");
    private static final Pattern RULE = Pattern.compile("-A (\\S+) .*?-j (\\S+).*");
    private static final Pattern PORTS = Pattern.compile("--dports? (\\S+)");
    private static final Set<String> TRANSLATING = Set.of("DNAT", "REDIRECT");

    PublishedPorts {
        ports = List.copyOf(ports);
    }

    /** Finds published ports in the output of iptables-save or ip6tables-save; leaves out chains without a port. */
    static List<PublishedPorts> in(String saved) {
        final Map<String, List<String>> rules = new TreeMap<>();
        final Set<String> entries = new TreeSet<>();
        boolean isNat = false;
        for (String line : saved.lines().toList()) {
            isNat = line.startsWith("*") ? line.equals("*nat") : isNat;
            final Matcher rule = RULE.matcher(line);
            if (isNat && rule.matches()) {
                rules.computeIfAbsent(rule.group(1), _ -> new ArrayList<>()).add(line);
                final Matcher entry = ENTRY.matcher(line);
                if (entry.matches()) {
                    entries.add(entry.group(1));
                }
            }
        }
        final List<PublishedPorts> all = new ArrayList<>();
        for (String chain : entries) {
            final Set<String> ports = reached(chain, rules);
            if (!ports.isEmpty()) {
                all.add(new PublishedPorts(chain, List.copyOf(ports)));
            }
        }
        return all;
    }

    private static Set<String> reached(String chain, Map<String, List<String>> rules) {
        final Set<String> ports = new TreeSet<>();
        final Set<String> seen = new HashSet<>();
        final ArrayDeque<String> next = new ArrayDeque<>(List.of(chain));
        while (!next.isEmpty()) {
            for (String line : rules.getOrDefault(next.remove(), List.of())) {
                final Matcher rule = RULE.matcher(line);
                final Matcher port = PORTS.matcher(line);
                final String target = rule.matches() ? rule.group(2) : "";
                if (!TRANSLATING.contains(target)) {
                    if (seen.add(target)) {
                        next.add(target);
                    }
                } else if (port.find()) {
                    ports.addAll(List.of(port.group(1).split(",", -1)));
                }
            }
        }
        return ports;
    }
}
