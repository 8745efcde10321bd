package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.KeyLoad;
import io.pointsman.linux.nftables.Register;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Expressions of one family that several chains use. */
record Code(IpFamily family) {
    static final Register FIRST = new Register(0);

    private static final int CT_ESTABLISHED = 2; // include/uapi/linux/netfilter/nf_conntrack_common.h
    private static final int CT_NEW = 8;
    private static final int CT_SNAT = 1 << 4;
    private static final int CT_DNAT = 1 << 5;
    private static final int RTN_LOCAL = 2;

    static List<Expression> join(List<List<Expression>> parts) {
        final List<Expression> all = new ArrayList<>();
        parts.forEach(all::addAll);
        return all;
    }

    /** Rule made of these parts in order. */
    @SafeVarargs
    static Rule rule(String chain, List<Expression>... parts) {
        final List<Expression> all = new ArrayList<>();
        for (List<Expression> part : parts) {
            all.addAll(part);
        }
        return new Rule(chain, all, "", 0);
    }

    static List<Expression> decide(Verdict verdict) {
        return List.of(new Expression.Decide(verdict));
    }

    int addressBytes() {
        return Layout.addressBytes(family);
    }

    /** Key of the frontend that the packet is sent to. */
    KeyLoad frontend(boolean isNodePort) {
        final KeyLoad key = KeyLoad.at(FIRST);
        return (isNodePort ? key : key.destinationAddress(family)).protocol().destinationPort();
    }

    /** Key of the frontend that the packet comes from. */
    KeyLoad answeringFrontend(boolean isNodePort) {
        final KeyLoad key = KeyLoad.at(FIRST);
        return (isNodePort ? key : key.sourceAddress(family)).protocol().sourcePort();
    }

    /** Applies a map's verdict for a key. */
    static List<Expression> verdictOf(KeyLoad key, String map) {
        return join(List.of(key.expressions(), List.of(new Expression.MapLookup(key.key(), map, Register.VERDICT))));
    }

    /** Counts with a map's counter for a key, if it has one. */
    static List<Expression> countBy(KeyLoad key, String map) {
        return join(List.of(key.expressions(), List.of(new Expression.CountByMap(key.key(), map))));
    }

    static List<Expression> lookup(KeyLoad key, String set, boolean inverted) {
        return join(List.of(key.expressions(), List.of(new Expression.Lookup(key.key(), set, inverted))));
    }

    /** Translates to a map's endpoint for a key. */
    List<Expression> translateBy(List<Expression> load, String map) {
        return join(List.of(
                load,
                List.of(
                        new Expression.MapLookup(FIRST, map, FIRST),
                        Expression.Nat.destination(family, FIRST, FIRST.behind(addressBytes())))));
    }

    List<Expression> sourceIn(Cidr range) {
        return addressIn(range, family == IpFamily.IPV4 ? 12 : 8, false);
    }

    List<Expression> sourceNotIn(Cidr range) {
        return addressIn(range, family == IpFamily.IPV4 ? 12 : 8, true);
    }

    List<Expression> destinationIn(Cidr range) {
        return addressIn(range, family == IpFamily.IPV4 ? 16 : 24, false);
    }

    /** Matches a prefix as nft writes it: it loads only the bytes that the prefix covers. */
    private List<Expression> addressIn(Cidr range, int offset, boolean inverted) {
        final int length = (range.prefixLength() + 7) / 8;
        if (length == 0) {
            return List.of();
        }
        final List<Expression> match = new ArrayList<>();
        final int bits = range.prefixLength() % 8;
        final int loaded = bits == 0 ? length : addressBytes();
        match.add(new Expression.Payload(Expression.Header.NETWORK, offset, loaded, FIRST));
        if (bits != 0) {
            match.add(new Expression.Bitwise(FIRST, FIRST, mask(range.prefixLength()), Bytes.of(new byte[loaded])));
        }
        final Bytes value = Bytes.of(Arrays.copyOf(range.address().toBytes(), loaded));
        match.add(inverted ? Expression.Compare.unequal(FIRST, value) : Expression.Compare.equal(FIRST, value));
        return match;
    }

    private Bytes mask(int prefixLength) {
        final byte[] mask = new byte[addressBytes()];
        for (int bit = 0; bit < prefixLength; bit++) {
            mask[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        return Bytes.of(mask);
    }

    static List<Expression> protocolIs(int number) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.L4PROTO, FIRST),
                Expression.Compare.equal(FIRST, Bytes.u8(number)));
    }

    static List<Expression> isNew() {
        return bit(
                new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), FIRST),
                CT_NEW,
                Expression.Operator.UNEQUAL);
    }

    static List<Expression> isEstablished() {
        return bit(
                new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), FIRST),
                CT_ESTABLISHED,
                Expression.Operator.UNEQUAL);
    }

    /** Destination address of the connection's first packet, before translation. */
    KeyLoad originalDestination() {
        final Expression.ConnectionKey key =
                family == IpFamily.IPV4 ? Expression.ConnectionKey.DST_IP : Expression.ConnectionKey.DST_IP6;
        return KeyLoad.at(FIRST).part(addressBytes(), to -> ofOriginal(key, to));
    }

    /** Destination port of the connection's first packet, before translation. */
    static KeyLoad originalDestinationPort() {
        return KeyLoad.at(FIRST).part(2, to -> ofOriginal(Expression.ConnectionKey.PROTO_DST, to));
    }

    private static Expression ofOriginal(Expression.ConnectionKey key, Register target) {
        return new Expression.Connection(key, Optional.of(Expression.Direction.ORIGINAL), target);
    }

    static List<Expression> isTranslated() {
        return bit(status(), CT_DNAT, Expression.Operator.UNEQUAL);
    }

    static List<Expression> isNotTranslated() {
        return bit(status(), CT_DNAT, Expression.Operator.EQUAL);
    }

    static List<Expression> hasItsSource() {
        return bit(status(), CT_SNAT, Expression.Operator.EQUAL);
    }

    static List<Expression> isAnswer() {
        return List.of(
                new Expression.Connection(Expression.ConnectionKey.DIRECTION, Optional.empty(), FIRST),
                Expression.Compare.equal(FIRST, Bytes.u8(1)));
    }

    static List<Expression> isNotNew() {
        return bit(
                new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), FIRST),
                CT_NEW,
                Expression.Operator.EQUAL);
    }

    static List<Expression> isFromOutside() {
        return List.of(
                new Expression.Meta(Expression.MetaKey.IIFNAME, FIRST),
                Expression.Compare.unequal(FIRST, Bytes.interfaceName("lo")));
    }

    private static Expression status() {
        return new Expression.Connection(Expression.ConnectionKey.STATUS, Optional.empty(), FIRST);
    }

    private static List<Expression> bit(Expression load, int bit, Expression.Operator isZero) {
        return List.of(
                load,
                new Expression.Bitwise(FIRST, FIRST, Bytes.host32(bit), Bytes.host32(0)),
                new Expression.Compare(FIRST, isZero, Bytes.host32(0)));
    }

    static List<Expression> isMarked(int bit) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.MARK, FIRST),
                new Expression.Bitwise(FIRST, FIRST, Bytes.host32(1 << bit), Bytes.host32(0)),
                Expression.Compare.equal(FIRST, Bytes.host32(1 << bit)));
    }

    static List<Expression> mark(int bit) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.MARK, FIRST),
                Expression.Bitwise.or(FIRST, 1 << bit),
                new Expression.SetMeta(Expression.MetaKey.MARK, FIRST));
    }

    static List<Expression> unmark(int bit) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.MARK, FIRST),
                Expression.Bitwise.and(FIRST, ~(1 << bit)),
                new Expression.SetMeta(Expression.MetaKey.MARK, FIRST));
    }

    /** Sets bits of the session's number, which is kept in the packet's priority. */
    static List<Expression> withNumberBits(int bits) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.PRIORITY, FIRST),
                Expression.Bitwise.or(FIRST, bits),
                new Expression.SetMeta(Expression.MetaKey.PRIORITY, FIRST));
    }

    /** Clears bits of the session's number in the packet's priority. */
    static List<Expression> withoutNumberBits(int bits) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.PRIORITY, FIRST),
                Expression.Bitwise.and(FIRST, ~bits),
                new Expression.SetMeta(Expression.MetaKey.PRIORITY, FIRST));
    }

    static List<Expression> fromNode() {
        return addressType(Expression.RouteKey.SOURCE, Expression.Operator.EQUAL);
    }

    static List<Expression> toElsewhere() {
        return addressType(Expression.RouteKey.DESTINATION, Expression.Operator.UNEQUAL);
    }

    private static List<Expression> addressType(Expression.RouteKey end, Expression.Operator operator) {
        return List.of(
                new Expression.Route(Expression.RouteResult.ADDRESS_TYPE, Set.of(end), FIRST),
                new Expression.Compare(FIRST, operator, Bytes.host32(RTN_LOCAL)));
    }

    /** Alternative matches of packets from pods; one of them must match. */
    List<List<Expression>> fromPod(NodeFacts node) {
        return switch (node.podDetector()) {
            case PodDetector.ByCidr(var ranges) ->
                ranges.stream()
                        .filter(range -> range.family() == family)
                        .sorted()
                        .distinct()
                        .map(this::sourceIn)
                        .toList();
            case PodDetector.ByInterface(String name, boolean isPrefix) -> {
                final Bytes whole = Bytes.interfaceName(name);
                yield List.of(List.of(
                        new Expression.Meta(Expression.MetaKey.IIFNAME, FIRST),
                        Expression.Compare.equal(FIRST, isPrefix ? whole.slice(0, name.length()) : whole)));
            }
            case PodDetector.Unknown() -> List.of();
        };
    }
}
