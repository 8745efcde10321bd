package io.pointsman.plan;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * The answers that differ between kube-proxy's modes. Each backend states its own.
 *
 * @param unknownClusterIpPort what happens to a packet to a known cluster address and a port that no Service has there
 * @param answers what else it does; for what is not listed, the other way
 * @param traits what its way of carrying rules out means for the plan
 */
public record ModeSemantics(Action unknownClusterIpPort, Set<Answer> answers, Set<Trait> traits) {
    /** What a mode does or leaves. */
    public enum Answer {
        /**
         * Packets to an address in the service ranges that is no cluster address are dropped, but for the ports that a
         * Service has on it as another kind of address.
         */
        DROPS_UNALLOCATED_SERVICE_IPS,
        /** Unless configured, node ports answer on the node's primary addresses only, not on all. */
        NODE_PORTS_ON_PRIMARY_ONLY,
        /** Node ports answer on 127.0.0.0/8 too (IPv4 only), unless configured otherwise. */
        LOCALHOST_NODE_PORTS,
        /**
         * Where a configured range names loopback and no more, node ports answer on 127.0.0.1 and ::1 by sockets of the
         * backend, unless configured otherwise. If asked for, translated packets answer in 127.0.0.0/8 instead of the one on
         * 127.0.0.1.
         */
        LOCALHOST_FORWARDER,
        /**
         * Allowed ranges guard a load balancer's address before anything else is asked: a source outside is dropped even
         * when the Service has no endpoints, where it would else be told so by a reject, and when the address is an
         * external one of the Service too, by which it would else be let in.
         */
        SOURCE_RANGES_FIRST,
        /** Packets to health check node ports are explicitly let in. */
        OPENS_HEALTH_PORTS,
        /**
         * A node port whose Service has no endpoint for outsiders is refused or dropped on every address of the node, not
         * only on those where node ports answer.
         */
        REFUSES_NODE_PORTS_EVERYWHERE
    }

    /** What a plan has to heed in how a data plane works; a data plane that translates packets in the kernel has none. */
    public enum Trait {
        /**
         * Connections to endpoints are its own, from a socket on this node. One to an address that it serves itself comes
         * back to it, without end. Translated packets, of others, are not translated twice.
         */
        DIALS_ENDPOINTS,
        /**
         * An address that no interface of the node has becomes the node's own as a whole, not only the ports of Services.
         * Whoever really has it is cut off from this node.
         */
        TAKES_WHOLE_ADDRESSES
    }

    /** As kube-proxy's iptables mode answers. */
    public static final ModeSemantics IPTABLES = of(
            Action.PASS, Answer.LOCALHOST_NODE_PORTS, Answer.OPENS_HEALTH_PORTS, Answer.REFUSES_NODE_PORTS_EVERYWHERE);

    /** As kube-proxy's nftables mode answers. */
    public static final ModeSemantics NFTABLES = of(
            Action.REJECT,
            Answer.DROPS_UNALLOCATED_SERVICE_IPS,
            Answer.NODE_PORTS_ON_PRIMARY_ONLY,
            Answer.LOCALHOST_FORWARDER,
            Answer.SOURCE_RANGES_FIRST);

    /** As kube-proxy's IPVS mode answers, but that sources are looked at first. */
    public static final ModeSemantics IPVS = of(Action.REJECT, Answer.SOURCE_RANGES_FIRST, Answer.OPENS_HEALTH_PORTS)
            .with(Trait.TAKES_WHOLE_ADDRESSES);

    public ModeSemantics {
        Objects.requireNonNull(unknownClusterIpPort, "unknownClusterIpPort");
        answers = Set.copyOf(answers);
        traits = Set.copyOf(traits);
    }

    /** These answers, given by a data plane without traits. */
    public static ModeSemantics of(Action unknownClusterIpPort, Answer... answers) {
        return new ModeSemantics(unknownClusterIpPort, Set.of(answers), Set.of());
    }

    /** The same answers, given by a data plane with these traits besides. */
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
