package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes expressions as attributes: for each, its name and its own attributes ({@code NFTA_EXPR_NAME},
 * {@code NFTA_EXPR_DATA}).
 */
final class ExpressionWriter {
    private static final int EXPR_NAME = 1;
    private static final int EXPR_DATA = 2;

    private final RequestBuffer out;

    ExpressionWriter(RequestBuffer out) {
        this.out = out;
    }

    /** Writes a list of expressions in an attribute. */
    void writeAll(int type, List<Expression> expressions) {
        final int list = out.beginNested(type);
        for (Expression expression : expressions) {
            write(Nfta.LIST_ELEM, expression);
        }
        out.endNested(list);
    }

    private void write(int type, Expression expression) {
        final int whole = out.beginNested(type);
        out.text(EXPR_NAME, ExpressionNames.of(expression));
        if (expression instanceof Expression.Other(String _, Bytes attributes)) {
            out.octets(EXPR_DATA | 0x8000, attributes.array());
        } else {
            final int body = out.beginNested(EXPR_DATA);
            body(expression);
            out.endNested(body);
        }
        out.endNested(whole);
    }

    private void body(Expression expression) {
        switch (expression) {
            case Expression.Payload payload ->
                register(1, payload.target())
                        .be32(2, payload.header().number())
                        .be32(3, payload.offset())
                        .be32(4, payload.length());
            case Expression.Meta meta ->
                register(1, meta.target()).be32(2, meta.key().number());
            case Expression.SetMeta meta ->
                register(3, meta.source()).be32(2, meta.key().number());
            case Expression.Compare compare ->
                value(
                        3,
                        compare.value(),
                        register(1, compare.source()).be32(2, compare.operator().number()));
            case Expression.Range range -> {
                register(1, range.source()).be32(2, range.inverted() ? 1 : 0);
                value(3, range.from(), out);
                value(4, range.to(), out);
            }
            case Expression.Bitwise bitwise -> {
                register(1, bitwise.source());
                register(2, bitwise.target()).be32(3, bitwise.mask().length());
                value(4, bitwise.mask(), out);
                value(5, bitwise.flip(), out);
            }
            case Expression.ByteOrder order -> {
                register(1, order.source());
                register(2, order.target()).be32(3, 0).be32(4, order.length()).be32(5, order.numberBytes());
            }
            case Expression.Load load -> value(2, load.value(), register(1, load.target()));
            case Expression.Decide decide -> {
                register(1, Register.VERDICT);
                verdict(out, 2, decide.verdict());
            }
            case Expression.Lookup lookup -> {
                register(2, lookup.key()).text(1, Names.name("set", lookup.set()));
                if (lookup.inverted()) {
                    out.be32(5, 1);
                }
            }
            case Expression.MapLookup lookup -> {
                register(2, lookup.key()).text(1, Names.name("map", lookup.map()));
                register(3, lookup.target());
            }
            case Expression.Dynamic dynamic -> dynamic(dynamic);
            case Expression.Generate number ->
                register(1, number.target())
                        .be32(2, number.modulus())
                        .be32(3, number.generator().number())
                        .be32(4, number.offset());
            case Expression.Hash hash -> {
                register(1, hash.source()).be32(3, hash.length());
                register(2, hash.target()).be32(4, hash.modulus());
                hash.seed().ifPresent(seed -> out.be32(5, seed));
                out.be32(6, hash.offset()).be32(7, 0);
            }
            case Expression.SymmetricHash hash ->
                register(2, hash.target())
                        .be32(4, hash.modulus())
                        .be32(6, hash.offset())
                        .be32(7, 1);
            case Expression.Connection connection -> {
                register(1, connection.target()).be32(2, connection.key().number());
                connection.direction().ifPresent(direction -> out.u8(3, direction.number()));
            }
            case Expression.SetConnection connection ->
                register(4, connection.source()).be32(2, connection.key().number());
            case Expression.Route route ->
                register(1, route.target())
                        .be32(2, route.result().number())
                        .be32(
                                3,
                                route.keys().stream()
                                        .mapToInt(Expression.RouteKey::bit)
                                        .sum());
            case Expression.Nat nat -> {
                out.be32(1, nat.kind().number()).be32(2, AddressFamily.number(nat.family()));
                registers(3, nat.address(), nat.lastAddress());
                registers(5, nat.ports().first(), nat.ports().last());
                flags(7, nat.flags());
            }
            case Expression.Masquerade masquerade -> {
                flags(1, masquerade.flags());
                registers(2, masquerade.ports().first(), masquerade.ports().last());
            }
            case Expression.Redirect redirect -> {
                registers(1, redirect.ports().first(), redirect.ports().last());
                flags(3, redirect.flags());
            }
            case Expression.Reject reject ->
                out.be32(1, reject.answer().number()).u8(2, reject.code());
            case Expression.Count count ->
                out.be64(Nfta.COUNTER_BYTES, count.bytes()).be64(Nfta.COUNTER_PACKETS, count.packets());
            case Expression.CountBy count ->
                out.be32(1, Nfta.OBJECT_COUNTER).text(2, Names.name("counter", count.counter()));
            case Expression.CountByMap count -> register(3, count.key()).text(4, Names.name("map", count.map()));
            case Expression.Limit limit ->
                out.be64(1, limit.rate())
                        .be64(2, limit.unitSeconds())
                        .be32(3, limit.burst())
                        .be32(4, limit.of().number())
                        .be32(5, limit.inverted() ? 1 : 0);
            case Expression.NoTrack() -> {}
            case Expression.Offload offload -> out.text(1, Names.name("flowtable", offload.flowtable()));
            case Expression.Other _ -> throw new IllegalStateException("written as it was read");
        }
    }

    private void dynamic(Expression.Dynamic dynamic) {
        out.text(1, Names.name("set", dynamic.set())).be32(3, dynamic.change().number());
        register(4, dynamic.key());
        dynamic.data().ifPresent(data -> register(5, data));
        if (dynamic.timeout().isPositive()) {
            out.be64(6, dynamic.timeout().toMillis());
        }
        if (dynamic.each().size() == 1) {
            write(7, dynamic.each().getFirst());
        } else if (!dynamic.each().isEmpty()) {
            out.be32(9, 2); // NFT_DYNSET_F_EXPR
            writeAll(10, dynamic.each());
        }
    }

    private RequestBuffer register(int type, Register register) {
        return out.be32(type, register.number());
    }

    /** Writes the first and last register of a range in consecutive attributes. */
    private void registers(int type, Optional<Register> first, Optional<Register> last) {
        first.ifPresent(register -> register(type, register));
        last.ifPresent(register -> register(type + 1, register));
    }

    private void flags(int type, Set<Expression.NatFlag> flags) {
        if (!flags.isEmpty()) {
            out.be32(type, flags.stream().mapToInt(Expression.NatFlag::bit).sum());
        }
    }

    private static void value(int type, Bytes value, RequestBuffer out) {
        final int data = out.beginNested(type);
        out.octets(Nfta.DATA_VALUE, value.array());
        out.endNested(data);
    }

    /** Writes a verdict as data, for expressions and elements. */
    static void verdict(RequestBuffer out, int type, Verdict verdict) {
        final int data = out.beginNested(type);
        final int inside = out.beginNested(Nfta.DATA_VERDICT);
        out.be32(Nfta.VERDICT_CODE, verdict.kind().number());
        if (!verdict.chain().isEmpty()) {
            out.text(Nfta.VERDICT_CHAIN, Names.name("chain", verdict.chain()));
        }
        out.endNested(inside);
        out.endNested(data);
    }
}
