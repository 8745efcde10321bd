package io.pointsman.agent.kubeproxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds kube-proxy's virtual servers: those at an address of its interface, and those of node ports, which its sets list.
 */
final class VirtualServers {
    private static final Map<String, String> NODE_PORT_SETS = Map.of(
            "-t", "NODE-PORT-TCP",
            "-u", "NODE-PORT-UDP",
            "--sctp-service", "NODE-PORT-SCTP-HASH");

    private VirtualServers() {}

    /**
     * Returns the virtual servers to remove.
     *
     * @param saved output of {@code ipvsadm --save --numeric}: {@code -A -t 10.96.0.10:80 -s rr} and so on
     * @param vips addresses of kube-proxy's interface
     * @param sets members of its sets by name, as {@code ipset save} prints them
     * @return the option and the address of each, as in {@code -t 10.96.0.10:80}
     */
    static List<String> choose(String saved, Set<String> vips, Map<String, Set<String>> sets) {
        final List<String> chosen = new ArrayList<>();
        for (String line : (Iterable<String>) saved.lines()::iterator) {
            final String[] words = line.strip().split("\\s+", -1);
            if (words.length < 3 || !words[0].equals("-A") || !NODE_PORT_SETS.containsKey(words[1])) {
                continue; // a real server, or a virtual one by mark, which kube-proxy never has
            }
            final int colon = words[2].lastIndexOf(':');
            final String address = words[2].substring(0, colon).replaceAll("[\\[\\]]", "");
            if (vips.contains(address) || isNodePort(words[1], address, words[2].substring(colon + 1), sets)) {
                chosen.add(words[1] + " " + words[2]);
            }
        }
        return chosen;
    }

    private static boolean isNodePort(String option, String address, String port, Map<String, Set<String>> sets) {
        final String name = (address.contains(":") ? "KUBE-6-" : "KUBE-") + NODE_PORT_SETS.get(option);
        final Set<String> members = sets.getOrDefault(name, Set.of());
        return members.contains(port) || members.contains(address + ",sctp:" + port);
    }

    /** Returns the members of kube-proxy's sets from the output of {@code ipset save}: {@code add NAME MEMBER …}. */
    static Map<String, Set<String>> members(String saved) {
        final Map<String, Set<String>> sets = new TreeMap<>();
        for (String line : (Iterable<String>) saved.lines()::iterator) {
            final String[] words = line.split(" ", -1);
            if (words.length >= 3 && KubeProxyNames.isSet(words[1])) {
                final Set<String> members = sets.computeIfAbsent(words[1], _ -> new TreeSet<>());
                if (words[0].equals("add")) {
                    members.add(words[2]);
                }
            }
        }
        return sets;
    }
}
