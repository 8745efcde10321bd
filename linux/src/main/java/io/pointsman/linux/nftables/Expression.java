package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** An expression of a rule ({@code net/netfilter/nft_*.c}). Expressions that load leave the result in a register. */
public sealed interface Expression {
    /** Loads bytes of the packet; a packet without them does not match. */
    record Payload(Header header, int offset, int length, Register target) implements Expression {}

    /** Base of the offset in {@link Payload}. */
    enum Header {
        LINK(0),
        NETWORK(1),
        /** Header of TCP, UDP, SCTP, ICMP and so on; only a packet's first fragment has it. */
        TRANSPORT(2);

        private final int number;

        Header(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Loads metadata of the packet. */
    record Meta(MetaKey key, Register target) implements Expression {}

    /** Sets metadata of the packet: its mark, for instance. */
    record SetMeta(MetaKey key, Register source) implements Expression {}

    /** Metadata of a packet. In host order if longer than a byte. */
    enum MetaKey {
        /** Traffic class of the packet: {@code skb->priority}, 4 bytes. */
        PRIORITY(2),
        /** Mark, 4 bytes. */
        MARK(3),
        /** Index of the input interface, 4 bytes. */
        IIF(4),
        /** Index of the output interface, 4 bytes. */
        OIF(5),
        /** Name of the input interface, 16 bytes. */
        IIFNAME(6),
        /** Name of the output interface, 16 bytes. */
        OIFNAME(7),
        /** User id of the socket's owner, 4 bytes. */
        SKUID(10),
        /** Family: 2 for IPv4, 10 for IPv6; 1 byte. */
        NFPROTO(15),
        /** Transport protocol, 1 byte. */
        L4PROTO(16),
        /** Receiver: 0 this host, 1 broadcast, 2 multicast, 3 another host; 1 byte. */
        PKTTYPE(19);

        private final int number;

        MetaKey(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * Matches if the comparison of a register's bytes with the value holds, over the value's length; compared as in network
     * order.
     */
    record Compare(Register source, Operator operator, Bytes value) implements Expression {
        public static Compare equal(Register source, Bytes value) {
            return new Compare(source, Operator.EQUAL, value);
        }

        public static Compare unequal(Register source, Bytes value) {
            return new Compare(source, Operator.UNEQUAL, value);
        }
    }

    /** Operator of {@link Compare}. */
    enum Operator {
        EQUAL(0),
        UNEQUAL(1),
        LESS(2),
        LESS_OR_EQUAL(3),
        GREATER(4),
        GREATER_OR_EQUAL(5);

        private final int number;

        Operator(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Matches bytes between two values, inclusive, or, inverted, outside of them. Compared as in network order. */
    record Range(Register source, boolean inverted, Bytes from, Bytes to) implements Expression {}

    /** Computes {@code (source & mask) ^ flip}; mask and flip have the same length. */
    record Bitwise(Register source, Register target, Bytes mask, Bytes flip) implements Expression {
        public Bitwise {
            if (mask.length() != flip.length()) {
                throw new IllegalArgumentException("a mask " + mask + " with " + flip + ": not of one length");
            }
        }

        /** Keeps bits of a number in host order. */
        public static Bitwise and(Register register, int mask) {
            return new Bitwise(register, register, Bytes.host32(mask), Bytes.host32(0));
        }

        /** Sets bits of a number in host order and keeps the others. */
        public static Bitwise or(Register register, int bits) {
            return new Bitwise(register, register, Bytes.host32(~bits), Bytes.host32(bits));
        }
    }

    /** Reverses the bytes of numbers of 2, 4 or 8 bytes: network order to host order or back. */
    record ByteOrder(Register source, Register target, int length, int numberBytes) implements Expression {}

    /** Loads a constant. */
    record Load(Register target, Bytes value) implements Expression {}

    /** Ends the rule. */
    record Decide(Verdict verdict) implements Expression {}

    /** Matches if a set contains the key that begins in a register; inverted, if it does not. */
    record Lookup(Register key, String set, boolean inverted) implements Expression {}

    /** Loads a map's value for a key; a missing key does not match. {@link Register#VERDICT} for maps to verdicts. */
    record MapLookup(Register key, String map, Register target) implements Expression {}

    /**
     * Changes a dynamic set or map. If the set is full, an addition does not match.
     *
     * @param data register at which a map's value begins
     * @param timeout zero for the set's
     * @param each expressions that the element evaluates: a limit, a counter
     */
    record Dynamic(
            Change change, String set, Register key, Optional<Register> data, Duration timeout, List<Expression> each)
            implements Expression {
        public Dynamic {
            each = List.copyOf(each);
        }
    }

    /** Operation of {@link Dynamic}. */
    enum Change {
        /** Adds the element; does nothing if it exists. */
        ADD(0),
        /** Adds the element; restarts its timeout if it exists, and keeps a map's value. */
        UPDATE(1),
        DELETE(2);

        private final int number;

        Change(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Loads a number of 4 bytes in host order: offset to offset + modulus - 1. */
    record Generate(Generator generator, int modulus, int offset, Register target) implements Expression {
        public static Generate random(int modulus, Register target) {
            return new Generate(Generator.RANDOM, modulus, 0, target);
        }
    }

    /** Method of {@link Generate}. */
    enum Generator {
        INCREMENTAL(0),
        RANDOM(1);

        private final int number;

        Generator(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * Loads a hash of registers, 4 bytes in host order: offset to offset + modulus - 1.
     *
     * @param seed empty for one that the kernel draws when the rule is made
     */
    record Hash(Register source, int length, int modulus, Optional<Integer> seed, int offset, Register target)
            implements Expression {}

    /** Loads a hash of the flow, the same in both directions; 4 bytes in host order. */
    record SymmetricHash(int modulus, int offset, Register target) implements Expression {}

    /** Loads a property of the connection; a packet without one matches only for its state. */
    record Connection(ConnectionKey key, Optional<Direction> direction, Register target) implements Expression {}

    /** Sets a property of the connection: its mark, for instance. */
    record SetConnection(ConnectionKey key, Register source) implements Expression {}

    /** Property of a connection. */
    enum ConnectionKey {
        /** State bits, 4 bytes in host order: invalid 1, established 2, related 4, new 8, untracked 64. */
        STATE(0),
        /** Direction of the packet, 1 byte: original 0, reply 1. */
        DIRECTION(1),
        /** Status bits, 4 bytes in host order: SNAT 16, DNAT 32. */
        STATUS(2),
        /** Mark, 4 bytes in host order. */
        MARK(3),
        /** Transport protocol, 1 byte. */
        PROTOCOL(10),
        /** Source port, 2 bytes in network order. */
        PROTO_SRC(11),
        /** Destination port, 2 bytes in network order. */
        PROTO_DST(12),
        /** IPv4 source address, 4 bytes. */
        SRC_IP(19),
        /** IPv4 destination address, 4 bytes. */
        DST_IP(20),
        /** IPv6 source address, 16 bytes. */
        SRC_IP6(21),
        /** IPv6 destination address, 16 bytes. */
        DST_IP6(22);

        private final int number;

        ConnectionKey(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Direction of a connection, which selects one of its tuples. */
    enum Direction {
        ORIGINAL(0),
        REPLY(1);

        private final int number;

        Direction(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Loads the result of a routing look-up. */
    record Route(RouteResult result, Set<RouteKey> keys, Register target) implements Expression {
        public Route {
            keys = Set.copyOf(keys);
        }
    }

    /** Result of {@link Route}. */
    enum RouteResult {
        /** Index of the output interface, 4 bytes in host order. */
        OUTPUT_INTERFACE(1),
        /** Name of the output interface, 16 bytes. */
        OUTPUT_INTERFACE_NAME(2),
        /** Type of the address (RTN_*), 4 bytes in host order: unicast 1, local 2, broadcast 3, multicast 5. */
        ADDRESS_TYPE(3);

        private final int number;

        RouteResult(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Parts of the packet that {@link Route} looks up, and flags. */
    enum RouteKey {
        SOURCE(1),
        DESTINATION(2),
        MARK(4),
        INPUT_INTERFACE(8),
        OUTPUT_INTERFACE(16),
        /** Flag: loads whether there is a route. */
        PRESENT(32);

        private final int bit;

        RouteKey(int bit) {
            this.bit = bit;
        }

        int bit() {
            return bit;
        }
    }

    /**
     * Translates a connection; in chains of type nat only.
     *
     * @param lastAddress register of the last address of a range; empty for one address
     */
    record Nat(
            NatKind kind,
            IpFamily family,
            Optional<Register> address,
            Optional<Register> lastAddress,
            Ports ports,
            Set<NatFlag> flags)
            implements Expression {
        public Nat {
            flags = Set.copyOf(flags);
        }

        /** Translates the destination to one address and port. */
        public static Nat destination(IpFamily family, Register address, Register port) {
            return new Nat(
                    NatKind.DESTINATION,
                    family,
                    Optional.of(address),
                    Optional.empty(),
                    new Ports(Optional.of(port), Optional.empty()),
                    Set.of());
        }
    }

    /** Translated end of a connection. */
    enum NatKind {
        SOURCE(0),
        DESTINATION(1);

        private final int number;

        NatKind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * Registers with the ports to choose from, 2 bytes in network order.
     *
     * @param last empty for one port
     */
    record Ports(Optional<Register> first, Optional<Register> last) {
        /** Any port. */
        public static final Ports ANY = new Ports(Optional.empty(), Optional.empty());

        public Ports {
            Objects.requireNonNull(first, "first");
            Objects.requireNonNull(last, "last");
        }
    }

    /** Method of choosing addresses and ports ({@code NF_NAT_RANGE_*}). */
    enum NatFlag {
        /** Starts at an offset that depends on the flow. */
        RANDOM(4),
        /** Gives all flows of a client the same address. */
        PERSISTENT(8),
        FULLY_RANDOM(16);

        private final int bit;

        NatFlag(int bit) {
            this.bit = bit;
        }

        int bit() {
            return bit;
        }
    }

    /** Translates the source to the address of the interface that it leaves by. */
    record Masquerade(Ports ports, Set<NatFlag> flags) implements Expression {
        public Masquerade {
            flags = Set.copyOf(flags);
        }
    }

    /** Translates the destination to this host. */
    record Redirect(Ports ports, Set<NatFlag> flags) implements Expression {
        public Redirect {
            flags = Set.copyOf(flags);
        }
    }

    /**
     * Drops the packet and sends an error to its sender. In chains of type filter at input, forward and output (newer
     * kernels: prerouting).
     */
    record Reject(Answer answer, int code) implements Expression {
        public static final Reject TCP_RESET = new Reject(Answer.TCP_RESET, 0);

        /** ICMP or ICMPv6 port unreachable. */
        public static Reject portUnreachable(IpFamily family) {
            return new Reject(Answer.ICMP, family == IpFamily.IPV4 ? 3 : 4);
        }
    }

    /** Kind of error that {@link Reject} sends. */
    enum Answer {
        /** ICMP or ICMPv6 destination unreachable, with the given code. */
        ICMP(0),
        TCP_RESET(1),
        /** ICMP error for both families: no route 0, port unreachable 1, host unreachable 2, prohibited 3. */
        ICMPX(2);

        private final int number;

        Answer(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Counts packets and bytes. */
    record Count(long packets, long bytes) implements Expression {
        /** Counter that starts at zero. */
        public static final Count FROM_ZERO = new Count(0, 0);
    }

    /** Counts with a named counter. */
    record CountBy(String counter) implements Expression {}

    /** Counts with a map's named counter for a key; a missing key does not match. */
    record CountByMap(Register key, String map) implements Expression {}

    /**
     * Matches up to a rate, or, inverted, above it.
     *
     * @param rate amount per unit of time
     * @param unitSeconds 1, 60, 3600, 86400, 604800
     * @param burst amount allowed at once above the rate
     */
    record Limit(long rate, long unitSeconds, int burst, LimitUnit of, boolean inverted) implements Expression {}

    /** Quantity that {@link Limit} counts. */
    enum LimitUnit {
        PACKETS(0),
        BYTES(1);

        private final int number;

        LimitUnit(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Exempts the packet from connection tracking; in chains at prerouting and output before priority -200. */
    record NoTrack() implements Expression {}

    /** Adds an established TCP or UDP connection to a flowtable; in chains at forward only. Other packets do not match. */
    record Offload(String flowtable) implements Expression {}

    /** Expression that was read and has no class here; written back unchanged. */
    record Other(String name, Bytes attributes) implements Expression {}
}
