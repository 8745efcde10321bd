package io.pointsman.spi.userspace.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.backend.LastingFaults;
import io.pointsman.linux.backend.OwnedSysctls;
import io.pointsman.linux.backend.SharedNeeds;
import io.pointsman.linux.nftables.text.NftCommand;
import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.route.PolicyRouting;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.route.VipRoutes;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.InputInterface;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.Rule;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kernel state that the proxy needs, as far as it may change it. VIPs that no interface has are routed to this host; dropped
 * and rejected clients are filtered before they are connected; answers to clients' addresses that sockets borrowed come back
 * to this host. Nothing is set up before a rule needs it, and rules at loopback addresses need nothing.
 *
 * <p>All of it stays when the process ends, and the next process reconciles it; {@link #cleanup} removes it.
 *
 * <p>Safe on any thread. It works in the network namespace of the thread that opened it; that thread also applies plans.
 */
public final class HostNetwork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostNetwork.class);
    private static final String FILTER = "filter";
    private static final String ARP = "arp";
    private static final String SET_UP = "set-up";
    private static final RareWarning UNTIDY =
            new RareWarning(LOG, "userspace: {} could not be cleaned up ({} times before)");
    /** Makes ARP requests carry an address of the interface, not the VIP: neighbours know another owner of the VIP. */
    private static final Sysctl ARP_ANNOUNCE = Sysctl.attempt("net.ipv4.conf.all.arp_announce", "2");

    private final HostCapabilities means;
    private final String owner;
    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final VipRoutes routes;
    private final PolicyRouting policy;
    private final PacketFilter filter;
    private final ClientInterfaces interfaces;
    private final BridgeHairpin returns;
    private final SharedNeeds<Frontend, IpAddress> vips = new SharedNeeds<>();
    private final SharedNeeds<Frontend, NftElement> elements = new SharedNeeds<>();
    private final Set<IpAddress> lingering = new HashSet<>(); // routed for connections only; their rule is gone
    private final Set<IpAddress> onInterfaces = new HashSet<>();
    private final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class); // whose clients may keep their address
    private final LastingFaults faults = new LastingFaults();
    private boolean isReconciled;
    private boolean isInvalidated; // another program changed what is ours
    private @Nullable String filterProblem;
    private @Nullable String arpProblem;
    private volatile @Nullable String keepProblem;
    private volatile @Nullable NodeFacts node;

    private HostNetwork(
            HostCapabilities means, KernelSettings settings, String owner, Ledger ledger, RouteNetlink netlink) {
        this.means = means;
        this.owner = owner;
        this.ledger = ledger;
        this.netlink = netlink;
        this.routes = new VipRoutes(ledger, netlink, HostNumbers.USERSPACE_ROUTES);
        this.policy = new PolicyRouting(settings.routing(), ledger, netlink);
        this.filter = new PacketFilter(means, settings, ledger, new NftCommand(Programs.of(owner)));
        this.interfaces = new ClientInterfaces(netlink);
        this.returns = new BridgeHairpin(filter, netlink);
    }

    HostCapabilities means() {
        return means;
    }

    /** Opens the host's network in the calling thread's network namespace. Changes nothing yet. */
    public static HostNetwork open(HostCapabilities means, KernelSettings settings, Path stateDirectory)
            throws IOException {
        final String owner = stateDirectory.toAbsolutePath().toString();
        final Ledger ledger = Owned.ledger(stateDirectory);
        ledger.complaints().forEach(complaint -> LOG.warn("userspace: a ledger entry can't be read: {}", complaint));
        return new HostNetwork(means, settings, owner, ledger, RouteNetlink.open());
    }

    /**
     * Prepares the return path for the rules that come into force next. To be called before they forward a connection: if
     * clients keep their address, the return path must exist first.
     */
    public synchronized void expect(NodeFacts facts, Collection<Rule> rules) {
        final NodeFacts present = node;
        if (!means.keepsSource() || !isReconciled || present == null) { // not reconciled: no client is served yet
            return;
        }
        final Set<RuleElements.LocalEndpoint> endpoints = new HashSet<>();
        boolean isNew = false;
        for (Rule rule : rules) {
            if (isOurs(rule, facts) && rule.keepsSource()) {
                isNew |= families.add(rule.frontend().family());
                endpoints.addAll(RuleElements.localEndpoints(rule));
            }
        }
        isNew |= returns.expect(endpoints);
        if (isNew) {
            try {
                leadBack(present);
            } catch (IOException e) {
                LOG.warn("userspace: the return path of new endpoints could not be prepared", e);
            }
        }
    }

    private void leadBack(NodeFacts facts) throws KernelException {
        if (!elements.isEmpty() || !families.isEmpty()) {
            filter.need();
        }
        prepareReturns();
        lookAtBridges();
        commit(facts);
    }

    /** Applies the rules that changed; rules without a value are gone. To be called before sockets are opened. */
    public synchronized void apply(NodeFacts facts, Map<Frontend, Optional<Rule>> changed) {
        final NodeFacts before = node;
        node = facts;
        if (!means.ownsVips()) {
            return;
        }
        final Map<Frontend, Set<IpAddress>> ownVips = new HashMap<>();
        final Map<Frontend, Set<NftElement>> ownElements = new HashMap<>();
        final Map<Frontend, Set<RuleElements.LocalEndpoint>> ownEndpoints = new HashMap<>();
        changed.forEach((frontend, change) -> {
            final Optional<Rule> rule = change.filter(some -> isOurs(some, facts));
            rule.filter(Rule::keepsSource).ifPresent(some -> families.add(frontend.family()));
            ownVips.put(frontend, rule.isPresent() && !frontend.isNodePort() ? Set.of(frontend.vip()) : Set.of());
            ownElements.put(
                    frontend,
                    rule.map(some -> RuleElements.of(some, some.addresses(facts)))
                            .orElse(Set.of()));
            ownEndpoints.put(frontend, rule.map(RuleElements::localEndpoints).orElse(Set.of()));
        });
        final SharedNeeds.Change<IpAddress> vipChange = vips.update(ownVips);
        final SharedNeeds.Change<NftElement> elementChange = elements.update(ownElements);
        returns.update(ownEndpoints);
        elementChange.removed().forEach(filter::remove);
        elementChange.added().forEach(filter::add);
        try {
            carryOut(facts, vipChange, before != null && !before.egress().equals(facts.egress()));
            faults.solved(SET_UP);
        } catch (IOException e) {
            if (faults.add(SET_UP, e.toString())) {
                LOG.warn("userspace: the host's network could not be set up completely for the rules", e);
            }
        }
    }

    /** Whether other hosts or pods can send packets to it; a rule at loopback addresses only is not ours. */
    private static boolean isOurs(Rule rule, NodeFacts facts) {
        return RuleNeeds.unsupported(rule).isEmpty()
                && rule.addresses(facts).stream().anyMatch(address -> !address.isLoopback());
    }

    private void carryOut(NodeFacts facts, SharedNeeds.Change<IpAddress> vipChange, boolean isMoved)
            throws IOException {
        if (!isReconciled) {
            awaitOrphans();
        }
        final Set<IpAddress> added = new HashSet<>(vipChange.added());
        lingering.removeAll(added);
        added.removeIf(routes::isRouted);
        final Set<IpAddress> there = routes.onInterfaces(added);
        onInterfaces.addAll(there);
        added.removeAll(there);
        for (IpAddress gone : vipChange.removed()) {
            if (!onInterfaces.remove(gone)) {
                lingering.add(gone);
            }
        }
        added.addAll(routes.refusals().keySet().stream().filter(vips::isNeeded).toList());
        if (isMoved || isInvalidated) {
            vips.all().stream().filter(vip -> !onInterfaces.contains(vip)).forEach(added::add);
        }
        if (isInvalidated) {
            filter.forget();
            policy.forget();
            isInvalidated = false;
        }
        added.forEach(this::guard);
        leadBack(facts);
        if (!added.isEmpty()) {
            prepareArp(added);
            routes.add(added, facts);
        }
        if (!isReconciled) {
            isReconciled = true;
            final Set<IpAddress> stale = routes.owned();
            stale.removeIf(vip -> vips.isNeeded(vip) && !onInterfaces.contains(vip));
            routes.remove(stale); // routes of an earlier run, whose connections are gone
        }
    }

    private void awaitOrphans() throws IOException {
        Orphans.await(owner, Orphans.PATIENCE, told -> LOG.info("userspace: {}", told));
    }

    private void guard(IpAddress vip) {
        filter.add(SetKind.VIPS.element(vip));
        if (vip.isIpv4()) {
            filter.add(SetKind.ARP.element(vip));
        }
    }

    private void unguard(IpAddress vip) {
        filter.remove(SetKind.VIPS.element(vip));
        if (vip.isIpv4()) {
            filter.remove(SetKind.ARP.element(vip));
        }
    }

    private void prepareReturns() {
        if (!means.keepsSource()) {
            return;
        }
        try {
            for (IpFamily family : families) {
                policy.prepare(family);
            }
            keepProblem = null;
        } catch (IOException e) {
            keepProblem = "answers to clients' addresses can't be routed back here: " + e.getMessage();
        }
    }

    /** Updates the bridge of each endpoint, so that endpoints on a client's own bridge answer through this host. */
    private void lookAtBridges() throws KernelException {
        if (means.keepsSource()) {
            returns.look();
        }
    }

    private void commit(NodeFacts facts) {
        try {
            filter.commit(facts);
            filterProblem = null;
            faults.solved(FILTER);
        } catch (IOException e) {
            final String problem = "packets can't be filtered before the kernel answers them: " + e.getMessage();
            filterProblem = problem;
            if (faults.add(FILTER, problem)) {
                LOG.warn("userspace: {}", problem);
            }
        }
    }

    private void prepareArp(Set<IpAddress> added) {
        if (added.stream().anyMatch(IpAddress::isIpv4)) {
            try {
                announceOwnAddresses();
                arpProblem = null;
                faults.solved(ARP);
            } catch (IOException e) {
                final String problem = ARP_ANNOUNCE.key() + " is not set: " + e.getMessage();
                arpProblem = problem;
                if (faults.add(ARP, problem)) {
                    LOG.warn("userspace: {}", problem);
                }
            }
        }
    }

    private void announceOwnAddresses() throws IOException {
        for (Sysctl.Result result : new OwnedSysctls(ledger).set(List.of(ARP_ANNOUNCE))) {
            if (result.outcome() != Sysctl.Outcome.ALREADY && result.outcome() != Sysctl.Outcome.ABSENT) {
                LOG.info("userspace: {}", result);
            }
        }
    }

    /**
     * Returns the interface by which a client's packets come; {@link InputInterface#NONE} if pods are not known by
     * interface.
     */
    public InputInterface ingressOf(InetSocketAddress client) {
        final NodeFacts facts = node;
        return facts != null && facts.podDetector() instanceof PodDetector.ByInterface
                ? interfaces.of(Sockets.ip(client))
                : InputInterface.NONE;
    }

    /** Source address for a connection to an endpoint; null for the kernel's choice. */
    @Nullable
    public InetSocketAddress sourceOf(InetSocketAddress client, ConnectDecision.Forward forward) {
        final NodeFacts facts = node;
        if (forward.masquerade() || !means.keepsSource() || facts == null || keepProblem != null) {
            return null;
        }
        final IpAddress address = Sockets.ip(client);
        final IpAddress endpoint = forward.endpoint().address();
        // Answers from a socket of this host don't pass the chain that marks them. A client on this host gets its
        // answers without a mark; a loopback address must not leave the host.
        final boolean wouldFail = address.isLoopback()
                || facts.owns(endpoint)
                || (!means.has("bridge") && returns.areNeighbours(address, endpoint));
        return wouldFail ? null : new InetSocketAddress(client.getAddress(), 0);
    }

    /** Returns how a rule in force differs from what it asks for; empty if it does not. */
    public synchronized List<String> shortcomings(Rule rule) {
        final List<String> all = new ArrayList<>();
        final String why = means.keepsSource() ? keepProblem : means.sourceLoss();
        RuleNeeds.degraded(rule, why).ifPresent(all::add);
        if (filterProblem != null) {
            all.add(filterProblem);
        }
        if (arpProblem != null && rule.frontend().family() == IpFamily.IPV4) {
            all.add(arpProblem);
        }
        return all;
    }

    /** Whether a VIP is local to this host by a route only. */
    public synchronized boolean isRouted(IpAddress vip) {
        return routes.isRouted(vip);
    }

    /** Reason why a VIP is not routed to this host. */
    public synchronized Optional<String> refusal(IpAddress vip) {
        return Optional.ofNullable(routes.refusals().get(vip));
    }

    /** Routes that no rule needs any more, kept for connections that may. */
    synchronized RetainedRoutes lingering() {
        return new RetainedRoutes(lingering, returns.departed());
    }

    /** Removes the retained routes that no connection uses, and updates the bridges. */
    synchronized void settle(RetainedRoutes idle) {
        final NodeFacts facts = node;
        if (facts == null || !means.ownsVips()) {
            return;
        }
        final List<IpAddress> over =
                lingering.stream().filter(idle.vips()::contains).toList();
        try {
            routes.remove(over);
            over.forEach(this::unguard);
            over.forEach(lingering::remove);
            returns.settle(idle.endpoints());
            lookAtBridges();
            commit(facts);
        } catch (IOException e) {
            UNTIDY.warn("the host's network", e);
        }
    }

    public synchronized List<String> audit() {
        final List<String> findings = new ArrayList<>();
        if (means.ownsVips()) {
            try {
                findings.addAll(routes.audit());
                findings.addAll(policy.audit());
                findings.addAll(filter.audit());
            } catch (IOException e) {
                findings.add("the host's network can't be read: " + e.getMessage());
            }
        }
        isInvalidated |= !findings.isEmpty();
        return findings;
    }

    /** Returns a sentence for each ledger entry that can't be read. */
    public synchronized List<String> complaints() {
        return ledger.complaints();
    }

    /** Removes everything that this or an earlier run set up; returns one line for each item. */
    public synchronized List<String> cleanup(boolean dryRun) throws IOException {
        awaitOrphans();
        final List<String> removed = new ArrayList<>();
        final Set<IpAddress> present = routes.present();
        present.forEach(vip -> removed.add("route local " + vip));
        if (!dryRun) {
            routes.remove(routes.owned());
        }
        removed.addAll(policy.remove(dryRun));
        removed.addAll(filter.removeAll(dryRun));
        removed.addAll(new OwnedSysctls(ledger).restore(dryRun));
        if (!dryRun) {
            ledger.clear();
        }
        return removed;
    }

    @Override
    public synchronized void close() {
        netlink.close();
    }
}
