package io.pointsman.agent.doctor;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.plan.NodePortRange;
import java.net.InetSocketAddress;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Rows about ports that the agent needs, but that another process already uses. */
final class PortRows {
    private static final int NAMED = 5;
    private static final int HEXADECIMAL = 16;
    private static final String LISTENING = "0A";

    private final Host host;
    private final AgentConfig config;
    private final boolean isAgentRunning;

    PortRows(Host host, AgentConfig config, boolean isAgentRunning) {
        this.host = host;
        this.config = config;
        this.isAgentRunning = isAgentRunning;
    }

    void look(Rows rows) {
        final NavigableSet<Integer> taken = new TreeSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            host.text("/proc/self/net/" + table)
                    .ifPresent(text -> text.lines().skip(1).forEach(line -> addListener(line, taken)));
        }
        own(rows, Setting.METRICS_BIND_ADDRESS, config.metricsBindAddress(), taken);
        own(rows, Setting.HEALTHZ_BIND_ADDRESS, config.healthzBindAddress(), taken);
        nodePorts(rows, taken);
    }

    /**
     * Adds the port of a line of /proc/net/tcp, if it listens: {@code 0: 0100007F:2709 00000000:0000 0A …} (Linux
     * Documentation/networking/proc_net_tcp.rst).
     */
    private static void addListener(String line, Set<Integer> to) {
        final String[] words = line.strip().split("\\s+", -1);
        if (words.length > 3 && words[3].equals(LISTENING)) {
            to.add(Integer.parseInt(words[1].substring(words[1].indexOf(':') + 1), HEXADECIMAL));
        }
    }

    private void own(Rows rows, Setting setting, Optional<InetSocketAddress> address, Set<Integer> taken) {
        final String subject = setting.key();
        if (address.isEmpty() || address.get().getPort() == 0) {
            rows.fine(subject, "no fixed port");
        } else if (!taken.contains(address.get().getPort())) {
            rows.fine(subject, "port " + address.get().getPort() + " is free");
        } else if (isAgentRunning) {
            rows.fine(
                    subject, "port " + address.get().getPort() + " is in use, most likely by the agent that runs here");
        } else {
            rows.toDo(
                    subject,
                    "another process listens at port " + address.get().getPort(),
                    "ss -ltnp 'sport = " + address.get().getPort() + "' names it (a kube-proxy?); end it, or give --"
                            + subject);
        }
    }

    private void nodePorts(Rows rows, NavigableSet<Integer> taken) {
        final NodePortRange range = config.nodePortRange();
        final var within = taken.subSet(range.first(), true, range.last(), true);
        final String subject = Setting.SERVICE_NODE_PORT_RANGE.key();
        if (within.isEmpty() || isAgentRunning) {
            rows.fine(subject, "no other process is known to listen within " + range);
        } else {
            rows.toDo(
                    subject,
                    "other processes listen within " + range + ": "
                            + within.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "))
                            + (within.size() > NAMED ? " and " + (within.size() - NAMED) + " more" : ""),
                    "a Service with such a node port takes the process's connections, or in mode userspace can't be"
                            + " served: move the process to another port");
        }
    }
}
