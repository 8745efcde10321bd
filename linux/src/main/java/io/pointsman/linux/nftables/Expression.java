package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** One step of a rule ({@code net/netfilter/nft_*.c}). Those that load leave what they found in a register. */
public sealed interface Expression {
    /** Loads bytes of the packet; a packet without them does not match. */
    record Payload(Header header, int offset, int length, Register target) implements Expression {}

    /** From where {@link Payload} counts. */
    enum Header {
        LINK(0),
        NETWORK(1),
        /** Of TCP, UDP, SCTP, ICMP …; absent in fragments but the first. */
        TRANSPORT(2);

        private final int number;

        Header(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Loads something about the packet. */
    record Meta(MetaKey key, Register target) implements Expression {}

    /** Sets something about the packet: its mark, say. */
    record SetMeta(MetaKey key, Register source) implements Expression {}

    /** What is known about a packet. Host order where it is longer than a byte. */
    enum MetaKey {
        /** Which class of traffic it is of: {@code skb->priority}, 4 bytes. */
        PRIORITY(2),
        /** 4 bytes. */
        MARK(3),
        /** Index of the interface it came in on, 4 bytes. */
        IIF(4),
        /** Index of the interface it leaves by, 4 bytes. */
        OIF(5),
        /** 16 bytes. */
        IIFNAME(6),
        /** 16 bytes. */
        OIFNAME(7),
        /** Of the socket's owner, 4 bytes. */
        SKUID(10),
        /** 2 for IPv4, 10 for IPv6; 1 byte. */
        NFPROTO(15),
        /** 1 byte. */
        L4PROTO(16),
        /** 0 to this host, 1 broadcast, 2 multicast, 3 to another; 1 byte. */
        PKTTYPE(19);

        private final int number;

        MetaKey(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Matches when a register's bytes, as many as the value has, stand to it like that; compared as in network order. */
    record Compare(Register source, Operator operator, Bytes value) implements Expression {
        public static Compare equal(Register source, Bytes value) {
            return new Compare(source, Operator.EQUAL, value);
        }

        public static Compare unequal(Register source, Bytes value) {
            return new Compare(source, Operator.UNEQUAL, value);
        }
    }

    /** How {@link Compare} compares. */
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

    /** Matches what lies between two values, or, inverted, outside; both belong to it. Compared as in network order. */
    record Range(Register source, boolean inverted, Bytes from, Bytes to) implements Expression {}

    /** {@code (source & mask) ^ flip}; the two are of one length. */
    record Bitwise(Register source, Register target, Bytes mask, Bytes flip) implements Expression {
        public Bitwise {
            if (mask.length() != flip.length()) {
                throw new IllegalArgumentException("a mask " + mask + " with " + flip + ": not of one length");
            }
        }

        /** Keeps bits of a number in the host's order. */
        public static Bitwise and(Register register, int mask) {
            return new Bitwise(register, register, Bytes.host32(mask), Bytes.host32(0));
        }

        /** Sets bits of a number in the host's order, others as they are. */
        public static Bitwise or(Register register, int bits) {
            return new Bitwise(register, register, Bytes.host32(~bits), Bytes.host32(bits));
        }
    }

    /** Turns numbers of 2, 4 or 8 bytes around: network order to the host's and back is the same. */
    record ByteOrder(Register source, Register target, int length, int numberBytes) implements Expression {}

    /** Loads a constant. */
    record Load(Register target, Bytes value) implements Expression {}

    /** Ends the rule. */
    record Decide(Verdict verdict) implements Expression {}

    /** Matches when a set has the key that begins in a register; inverted, when not. */
    record Lookup(Register key, String set, boolean inverted) implements Expression {}

    /** Loads what a map has for a key; a key that it lacks does not match. {@link Register#VERDICT} for maps of verdicts. */
    record MapLookup(Register key, String map, Register target) implements Expression {}

    /**
     * Changes a dynamic set or map. Does not match when the set is full, except to delete.
     *
     * @param data where a map's value begins
     * @param timeout zero for the set's
     * @param each what the element evaluates besides: a limit, a counter
     */
    record Dynamic(
            Change change, String set, Register key, Optional<Register> data, Duration timeout, List<Expression> each)
            implements Expression {
        public Dynamic {
            each = List.copyOf(each);
        }
    }

    /** What {@link Dynamic} does. */
    enum Change {
        /** Nothing when it is there. */
        ADD(0),
        /** Starts its timeout again when it is there; a map's value stays as it was. */
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

    /** Loads a number of 4 bytes in the host's order: offset to offset + modulus - 1. */
    record Generate(Generator generator, int modulus, int offset, Register target) implements Expression {
        public static Generate random(int modulus, Register target) {
            return new Generate(Generator.RANDOM, modulus, 0, target);
        }
    }

    /** How {@link Generate} chooses. */
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
     * Loads a hash of registers, 4 bytes in the host's order: offset to offset + modulus - 1.
     *
     * @param seed empty for one that the kernel draws when the rule is made
     */
    record Hash(Register source, int length, int modulus, Optional<Integer> seed, int offset, Register target)
            implements Expression {}

    /** Loads a hash of the flow, the same in both directions; 4 bytes in the host's order. */
    record SymmetricHash(int modulus, int offset, Register target) implements Expression {}

    /** Loads something about the connection; a packet without one does not match, but for its state. */
    record Connection(ConnectionKey key, Optional<Direction> direction, Register target) implements Expression {}

    /** Sets something about the connection: its mark, say. */
    record SetConnection(ConnectionKey key, Register source) implements Expression {}

    /** What is known about a connection. */
    enum ConnectionKey {
        /** Bits, 4 bytes in the host's order: invalid 1, established 2, related 4, new 8, untracked 64. */
        STATE(0),
        /** 1 byte: original 0, reply 1. */
        DIRECTION(1),
        /** Bits, 4 bytes in the host's order: SNAT 16, DNAT 32. */
        STATUS(2),
        /** 4 bytes, host order. */
        MARK(3),
        /** 1 byte. */
        PROTOCOL(10),
        /** 2 bytes, network order. */
        PROTO_SRC(11),
        /** 2 bytes, network order. */
        PROTO_DST(12),
        /** 4 bytes. */
        SRC_IP(19),
        /** 4 bytes. */
        DST_IP(20),
        /** 16 bytes. */
        SRC_IP6(21),
        /** 16 bytes. */
        DST_IP6(22);

        private final int number;

        ConnectionKey(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Which tuple of a connection. */
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

    /** Asks the routing tables. */
    record Route(RouteResult result, Set<RouteKey> keys, Register target) implements Expression {
        public Route {
            keys = Set.copyOf(keys);
        }
    }

    /** What {@link Route} loads. */
    enum RouteResult {
        /** Index, 4 bytes in the host's order. */
        OUTPUT_INTERFACE(1),
        /** 16 bytes. */
        OUTPUT_INTERFACE_NAME(2),
        /** RTN_*, 4 bytes in the host's order: unicast 1, local 2, broadcast 3, multicast 5. */
        ADDRESS_TYPE(3);

        private final int number;

        RouteResult(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** What of the packet {@link Route} asks about. */
    enum RouteKey {
        SOURCE(1),
        DESTINATION(2),
        MARK(4),
        INPUT_INTERFACE(8),
        OUTPUT_INTERFACE(16),
        /** Matches when there is a route, or not. */
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
     * @param lastAddress where the last of a range of addresses is; empty for one address
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

        /** To one address and port. */
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

    /** Which end is translated. */
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
     * Where ports to choose from are, 2 bytes in network order.
     *
     * @param last empty for one port
     */
    record Ports(Optional<Register> first, Optional<Register> last) {
        /** Any. */
        public static final Ports ANY = new Ports(Optional.empty(), Optional.empty());

        public Ports {
            Objects.requireNonNull(first, "first");
            Objects.requireNonNull(last, "last");
        }
    }

    /** How addresses and ports are chosen ({@code NF_NAT_RANGE_*}). */
    enum NatFlag {
        /** From an offset that depends on the flow. */
        RANDOM(4),
        /** The same address for all flows of a client. */
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

    /** Drops the packet and tells its sender. In chains of type filter at input, forward, output (prerouting by newer kernels). */
    record Reject(Answer answer, int code) implements Expression {
        public static final Reject TCP_RESET = new Reject(Answer.TCP_RESET, 0);

        /** ICMP or ICMPv6 port unreachable. */
        public static Reject portUnreachable(IpFamily family) {
            return new Reject(Answer.ICMP, family == IpFamily.IPV4 ? 3 : 4);
        }
    }

    /** How {@link Reject} tells. */
    enum Answer {
        /** The code is that of ICMP or ICMPv6 destination unreachable. */
        ICMP(0),
        TCP_RESET(1),
        /** For both families: no route 0, port unreachable 1, host unreachable 2, prohibited 3. */
        ICMPX(2);

        private final int number;

        Answer(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Counts what comes by. */
    record Count(long packets, long bytes) implements Expression {
        /** From zero. */
        public static final Count FROM_ZERO = new Count(0, 0);
    }

    /** Counts with a named counter. */
    record CountBy(String counter) implements Expression {}

    /** Counts with the named counter that a map has for a key; a key that it lacks does not match. */
    record CountByMap(Register key, String map) implements Expression {}

    /**
     * Matches up to a rate, or, inverted, beyond.
     *
     * @param rate so many in a unit of time
     * @param unitSeconds 1, 60, 3600, 86400, 604800
     * @param burst so many more at once
     */
    record Limit(long rate, long unitSeconds, int burst, LimitUnit of, boolean inverted) implements Expression {}

    /** What {@link Limit} counts. */
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

    /** Keeps the packet from connection tracking: in prerouting and output before priority -200. */
    record NoTrack() implements Expression {}

    /** Enters an established TCP or UDP connection in a flowtable; in chains at forward only. Others do not match. */
    record Offload(String flowtable) implements Expression {}

    /** One that was read and has no class here; written again as it was. */
    record Other(String name, Bytes attributes) implements Expression {}
}
