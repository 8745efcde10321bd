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

/** Reads from the rules of an earlier run what it forwarded: a Service may have gone while nobody was there to see. */
final class FoundFrontends {
    /** As {@link DispatchKey#match(Frontend)} writes a frontend, somewhere in a rule. */
    private static final Pattern FRONTEND =
            Pattern.compile("(?:-d (\\S+)/(?:32|128) )?-p (tcp|udp|sctp) -m (?:tcp|udp|sctp) --dport (\\d+) ");

    private FoundFrontends() {}

    /** Those in the trees of table nat. */
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

    /** The frontend of a rule in a tree of frontends; empty for one that leads on in the tree. */
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
