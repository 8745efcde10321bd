package io.pointsman.spi.iptables.kernel;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.iptables.render.DispatchKey;
import io.pointsman.spi.iptables.render.Names;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Frontends that an earlier run's rules forwarded. A Service may have been deleted while no agent was running. */
final class FoundFrontends {
    /** Frontend in a rule, as {@link DispatchKey#match(Frontend)} writes it. */
    private static final Pattern FRONTEND =
            Pattern.compile("(?:-d (\\S+)/(?:32|128) )?-p (tcp|udp|sctp) -m (?:tcp|udp|sctp) --dport (\\d+) ");

    private FoundFrontends() {}

    /** Returns the frontends in the nat table's dispatch trees. */
    static Set<Frontend> in(Map<String, String> natChains, IpFamily family) {
        final Set<Frontend> found = new HashSet<>();
        natChains.forEach((name, text) -> {
            final boolean nodePorts = isOf(Names.NODE_PORTS, name);
            if (nodePorts || isOf(Names.VIPS, name)) {
                final Matcher matcher = FRONTEND.matcher(text);
                while (matcher.find()) {
                    if (nodePorts == (matcher.group(1) == null)) {
                        found.add(frontend(matcher, family));
                    }
                }
            }
        });
        return found;
    }

    /** Returns the frontend of a rule in a dispatch tree; empty if the rule only links to another chain of the tree. */
    static Optional<Frontend> of(String rule, IpFamily family) {
        final Matcher matcher = FRONTEND.matcher(rule);
        return matcher.find() ? Optional.of(frontend(matcher, family)) : Optional.empty();
    }

    private static boolean isOf(String root, String chain) {
        return chain.equals(root) || chain.startsWith(root + "-");
    }

    private static Frontend frontend(Matcher matcher, IpFamily family) {
        final Protocol protocol = Protocol.valueOf(matcher.group(2).toUpperCase(Locale.ROOT));
        final int port = Integer.parseInt(matcher.group(3));
        return matcher.group(1) == null
                ? Frontend.nodePort(protocol, family, port)
                : new Frontend(protocol, IpAddress.parse(matcher.group(1)), port);
    }
}
