package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Owners of addresses, as far as this node can tell.
 *
 * @param nodes names of the cluster's nodes, by address
 */
record AddressOwners(NodeFacts self, HostAddresses host, Map<IpAddress, String> nodes) {
    /**
     * Owner of an address, which would lose it if this node took the whole address.
     *
     * @param what the owner, in words
     * @param isNode a node of the cluster; its own proxy serves Services at this address
     */
    record Owner(String what, boolean isNode) {}

    /** Returns the owner of an address that is on no interface of this node; empty if none is known. */
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

    /** Returns the owner of an address that the node's Node object names but no interface has: a NAT translates it. */
    private Optional<Owner> unboundAddress() {
        return host.own().isEmpty()
                ? Optional.empty()
                : Optional.of(new Owner("this node, but none of its interfaces has it", true));
    }

    /** Whether processes of some node, this or another, may listen at the address. */
    boolean isOfSomeNode(IpAddress address) {
        return self.owns(address) || nodes.containsKey(address);
    }

    /** Whether node ports of this cluster answer at the address, on this or another node. */
    boolean answersNodePorts(IpAddress address) {
        return self.servesNodePorts(address) || (!self.owns(address) && nodes.containsKey(address));
    }

    /** Whether the other gives the same answers for every address. */
    boolean isSame(AddressOwners other) {
        return nodes.equals(other.nodes)
                && host.equals(other.host)
                && self.name().equals(other.self.name())
                && self.addresses().equals(other.self.addresses())
                && self.nodePortAddresses().equals(other.self.nodePortAddresses())
                && self.nodePortsOnLoopbackNet() == other.self.nodePortsOnLoopbackNet();
    }

    /** Whether a Service with these addresses may resolve differently under the other's knowledge. */
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
