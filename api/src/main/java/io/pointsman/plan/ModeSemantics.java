package io.pointsman.plan;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Behaviour that differs between kube-proxy's modes. Each backend states its own.
 *
 * @param unknownClusterIpPort verdict on packets to a cluster address at a port that its Service does not have
 * @param answers behaviours that the mode has; it lacks the others
 * @param traits properties of the data plane that affect the plan
 */
public record ModeSemantics(Action unknownClusterIpPort, Set<Answer> answers, Set<Trait> traits) {
    /** A behaviour that a mode has or lacks. */
    public enum Answer {
        /**
         * Packets to an address in the service ranges that is not a cluster address are dropped, except at ports where the
         * address belongs to a Service as another kind of address.
         */
        DROPS_UNALLOCATED_SERVICE_IPS,
        /** Unless configured otherwise, node ports answer on the node's primary addresses only, not on all. */
        NODE_PORTS_ON_PRIMARY_ONLY,
        /** Unless configured otherwise, node ports answer on 127.0.0.0/8 too (IPv4 only). */
        LOCALHOST_NODE_PORTS,
        /**
         * Unless configured otherwise, node ports answer on 127.0.0.1 and ::1 by sockets of the backend if a configured
         * range covers only loopback. If localhost node ports are explicitly on, packets in 127.0.0.0/8 are translated
         * instead of the socket on 127.0.0.1.
         */
        LOCALHOST_FORWARDER,
        /**
         * Source ranges of a load balancer's address are checked first. A source outside them is dropped even if the Service
         * has no endpoints (otherwise: reject), and even if the address is also an external IP of the Service (otherwise:
         * accept).
         */
        SOURCE_RANGES_FIRST,
        /** Packets to health check node ports are explicitly accepted. */
        OPENS_HEALTH_PORTS,
        /**
         * A node port whose Service has no endpoint for external clients rejects or drops on every address of the node, not
         * only on those where node ports answer.
         */
        REFUSES_NODE_PORTS_EVERYWHERE
    }

    /** A property of a data plane that affects the plan. A data plane that translates packets in the kernel has none. */
    public enum Trait {
        /**
         * The data plane connects to endpoints from a socket on this node. A connection to an address that it serves itself
         * would come back to it in an endless loop; a translated packet is not translated twice.
         */
        DIALS_ENDPOINTS,
        /**
         * The node takes over a VIP that is on none of its interfaces as a whole, not only the ports of Services. This node
         * can then no longer reach the real owner of the address.
         */
        TAKES_WHOLE_ADDRESSES
    }

    /** Behaviour of kube-proxy's iptables mode. */
    public static final ModeSemantics IPTABLES = of(
            Action.PASS, Answer.LOCALHOST_NODE_PORTS, Answer.OPENS_HEALTH_PORTS, Answer.REFUSES_NODE_PORTS_EVERYWHERE);

    /** Behaviour of kube-proxy's nftables mode. */
    public static final ModeSemantics NFTABLES = of(
            Action.REJECT,
            Answer.DROPS_UNALLOCATED_SERVICE_IPS,
            Answer.NODE_PORTS_ON_PRIMARY_ONLY,
            Answer.LOCALHOST_FORWARDER,
            Answer.SOURCE_RANGES_FIRST);

    /** Behaviour of kube-proxy's IPVS mode, except that source ranges are checked first. */
    public static final ModeSemantics IPVS = of(Action.REJECT, Answer.SOURCE_RANGES_FIRST, Answer.OPENS_HEALTH_PORTS)
            .with(Trait.TAKES_WHOLE_ADDRESSES);

    public ModeSemantics {
        Objects.requireNonNull(unknownClusterIpPort, "unknownClusterIpPort");
        answers = Set.copyOf(answers);
        traits = Set.copyOf(traits);
    }

    /** Creates the semantics of a data plane without traits. */
    public static ModeSemantics of(Action unknownClusterIpPort, Answer... answers) {
        return new ModeSemantics(unknownClusterIpPort, Set.of(answers), Set.of());
    }

    /** Returns a copy with these traits added. */
    public ModeSemantics with(Trait first, Trait... others) {
        final Set<Trait> all = EnumSet.of(first, others);
        all.addAll(traits);
        return new ModeSemantics(unknownClusterIpPort, answers, all);
    }

    public boolean has(Answer answer) {
        return answers.contains(answer);
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }
}
