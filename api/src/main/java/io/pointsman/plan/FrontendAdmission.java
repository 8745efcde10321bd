package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Decides which addresses and ports one Service may take. Each is checked separately: a refused one is reported with the
 * reason, the others are served.
 */
final class FrontendAdmission {
    private static final int MAX_NAMED = 5;

    private final PlanOptions options;
    private final AddressOwners owners;
    private final Service service;
    private final Set<IpAddress> asked = new HashSet<>();
    private final Set<IpAddress> refusedExternals = new TreeSet<>();
    private final Map<IpAddress, String> ofNodes = new TreeMap<>();
    private final List<PlanProblem> refused = new ArrayList<>();

    FrontendAdmission(PlanOptions options, AddressOwners owners, Service service) {
        this.options = options;
        this.owners = owners;
        this.service = service;
    }

    private boolean isOnLoopback() {
        return Stream.of(
                        service.clusterIps(),
                        service.externalIps(),
                        service.ingress().stream().map(LoadBalancerIngress::ip).toList())
                .flatMap(List::stream)
                .allMatch(IpAddress::isLoopback);
    }

    /** Whether the Service may be served at a node port. */
    boolean admitsNodePort(Frontend nodePort) {
        if (options.nodePortRange().contains(nodePort.port())) {
            return true;
        }
        refuse(Optional.of(nodePort), outsideRange("node port " + nodePort.port()));
        return false;
    }

    /** Whether the Service may answer health checks at a port. */
    boolean admitsHealthCheckPort(int port) {
        if (options.nodePortRange().contains(port)) {
            return true;
        }
        refuse(Optional.empty(), outsideRange("healthCheckNodePort " + port));
        return false;
    }

    private String outsideRange(String what) {
        return what + " is refused and not served: it is not in " + options.nodePortRange()
                + "; give another, or widen service-node-port-range";
    }

    /** Whether the Service may be served at a virtual address and port. */
    boolean admits(FrontendKind kind, Protocol protocol, IpAddress vip, int port) {
        asked.add(vip);
        if (kind == FrontendKind.EXTERNAL_IP && options.externalIps() == ExternalIps.REFUSE) {
            refusedExternals.add(vip);
            return false;
        }
        final Optional<String> special = special(vip);
        if (special.isPresent()) {
            final Optional<Frontend> frontend =
                    vip.isUnspecified() ? Optional.empty() : Optional.of(new Frontend(protocol, vip, port));
            refuse(frontend, words(kind) + " " + vip + " is refused and not served: it is " + special.get());
            return false;
        }
        return !options.mode().has(ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES) || isFree(kind, protocol, vip, port);
    }

    private Optional<String> special(IpAddress vip) {
        return vip.isLoopback() && !isOnLoopback()
                ? Optional.of("loopback, and the Service has addresses that are not")
                : SpecialAddresses.meaning(vip);
    }

    private boolean isFree(FrontendKind kind, Protocol protocol, IpAddress vip, int port) {
        final Optional<AddressOwners.Owner> owner = owners.otherOwner(vip);
        if (owner.isEmpty()) {
            return true;
        }
        if (owner.get().isNode()) {
            ofNodes.put(vip, owner.get().what());
        } else {
            refuse(
                    Optional.of(new Frontend(protocol, vip, port)),
                    words(kind) + " " + vip + " is refused and not served: it is "
                            + owner.get().what()
                            + ", and this mode would take the whole address, not only port " + port
                            + "; give the Service an address of its own, or use the mode iptables");
        }
        return false;
    }

    private static String words(FrontendKind kind) {
        return switch (kind) {
            case CLUSTER_IP -> "cluster IP";
            case EXTERNAL_IP -> "external IP";
            case LOAD_BALANCER -> "load balancer IP";
            case NODE_PORT -> "node port";
        };
    }

    private void refuse(Optional<Frontend> frontend, String reason) {
        refused.add(new PlanProblem(service.name(), frontend, reason));
    }

    /** Returns the addresses that the Service asked for, granted or not. */
    Set<IpAddress> asked() {
        return asked;
    }

    /** Returns a problem for each refusal. */
    List<PlanProblem> problems() {
        final List<PlanProblem> all = new ArrayList<>(refused);
        if (!refusedExternals.isEmpty()) {
            all.add(new PlanProblem(
                    service.name(),
                    Optional.empty(),
                    "external IPs "
                            + named(refusedExternals.stream()
                                    .map(IpAddress::toString)
                                    .toList())
                            + " are refused and not served: external-ips is refuse"));
        }
        if (!ofNodes.isEmpty()) {
            final List<String> addresses = new ArrayList<>();
            ofNodes.forEach((address, node) -> addresses.add(address + " (" + node + ")"));
            all.add(PlanProblem.warning(
                    service.name(),
                    Optional.empty(),
                    "not served at addresses of nodes, because this mode would take the whole address with all its"
                            + " other ports; the proxies of those nodes serve the Service there: " + named(addresses)));
        }
        return all;
    }

    private static String named(List<String> all) {
        return String.join(", ", all.subList(0, Math.min(all.size(), MAX_NAMED)))
                + (all.size() > MAX_NAMED ? " and " + (all.size() - MAX_NAMED) + " more" : "");
    }
}
