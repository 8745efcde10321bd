package io.pointsman.agent.doctor;

import io.pointsman.linux.route.Link;
import io.pointsman.linux.route.RouteNetlink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows about interfaces: those of other proxies, and those whose MTU is too large for native XDP. */
final class InterfaceRows {
    /**
     * Largest MTU for native XDP, measured on veth, Linux 6.18: up to 3,500 bytes accepted, 3,520 refused (ERANGE without
     * BPF_F_XDP_HAS_FRAGS).
     */
    private static final int XDP_BYTES = 3_500;

    private static final int NAMED = 5;

    void look(Rows rows) throws IOException {
        final List<Link> links;
        try (RouteNetlink netlink = RouteNetlink.open()) {
            links = netlink.links();
        }
        final List<String> wide = new ArrayList<>();
        for (Link link : links) {
            final Optional<String> proxy = proxyOf(link.name());
            proxy.ifPresent(name -> rows.note(
                    link.name(),
                    "an interface of " + name,
                    "where " + name
                            + " replaces kube-proxy it serves VIPs before Pointsman sees them: use one of the two"));
            if (link.mtu() > XDP_BYTES && link.isUp() && !link.name().equals("lo")) {
                wide.add(link.name() + " (" + link.mtu() + ")");
            }
        }
        if (wide.isEmpty()) {
            rows.fine("MTU", "none above " + XDP_BYTES + " bytes, which native XDP refuses");
        } else {
            final List<String> first = wide.subList(0, Math.min(NAMED, wide.size()));
            rows.note(
                    "MTU",
                    String.join(", ", first) + (wide.size() > NAMED ? " and " + (wide.size() - NAMED) + " more" : "")
                            + " above " + XDP_BYTES + " bytes",
                    "no backend of Pointsman loads XDP programs; native ones of other programs are refused there");
        }
    }

    private static Optional<String> proxyOf(String link) {
        return switch (link) {
            case "cilium_host" -> Optional.of("Cilium");
            case "kube-bridge", "kube-dummy-if" -> Optional.of("kube-router");
            case "bpfin.cali" -> Optional.of("Calico's eBPF data plane");
            default -> Optional.empty();
        };
    }
}
