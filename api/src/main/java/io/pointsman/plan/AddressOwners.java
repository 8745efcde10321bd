package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Who has which address, as far as this node can tell.
 *
 * @param nodes the names of the cluster's nodes by their addresses
 */
record AddressOwners(NodeFacts self, HostAddresses host, Map<IpAddress, String> nodes) {
    /**
     * Who would lose an address if it became this node's as a whole.
     *
     * @param what in words
     * @param isNode a node of the cluster, whose own proxy serves what Services have there
     */
    record Owner(String what, boolean isNode) {}

    /** Who needs this address, which is on no interface of this node; empty when nobody is known to. */
    Optional<Owner> otherOwner(IpAddress address) {
        if (address.isLoopback() || host.own().contains(address)) {
            return Optional.empty();
        }
        final String node = nodes.get(address);
        if (node != null) {
            return node.equals(self.name()) ? unboundAddress() : Optional.of(new Owner("node " + node, true));
        }
        return Optional.ofNullable(host.taken().get(address)).map(use -> new Owner(use, false));
    }

    /** The Node object names it, and something on the way translates it to an address that the node really has. */
    private Optional<Owner> unboundAddress() {
        return host.own().isEmpty()
                ? Optional.empty()
                : Optional.of(new Owner("this node, none of whose interfaces has it", true));
    }

    /** Whether processes of some node, this or another, may listen at it. */
    boolean isOfSomeNode(IpAddress address) {
        return self.owns(address) || nodes.containsKey(address);
    }

    /** Whether a node port of this cluster answers there, here or at another node. */
    boolean answersNodePorts(IpAddress address) {
        return self.servesNodePorts(address) || (!self.owns(address) && nodes.containsKey(address));
    }

    /** Whether this and the other say the same of every address. */
    boolean isSame(AddressOwners other) {
        return nodes.equals(other.nodes)
                && host.equals(other.host)
                && self.name().equals(other.self.name())
                && self.addresses().equals(other.self.addresses())
                && self.nodePortAddresses().equals(other.self.nodePortAddresses())
                && self.nodePortsOnLoopbackNet() == other.self.nodePortsOnLoopbackNet();
    }

    /** Whether a Service that uses addresses so may come out differently with the other's knowledge. */
    boolean differsFor(AddressUse use, AddressOwners other) {
        return use.vips().stream()
                        .anyMatch(vip -> self.owns(vip) != other.self.owns(vip)
                                || !Objects.equals(otherOwner(vip), other.otherOwner(vip)))
                || use.endpoints().stream()
                        .map(Frontend::vip)
                        .anyMatch(address -> isOfSomeNode(address) != other.isOfSomeNode(address)
                                || answersNodePorts(address) != other.answersNodePorts(address)
                                || self.servesNodePorts(address) != other.self.servesNodePorts(address));
    }
}
