package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Reads the expressions that {@link ExpressionWriter} writes; any other becomes {@link Expression.Other}. */
final class ExpressionReader {
    private static final int EXPR_NAME = 1;
    private static final int EXPR_DATA = 2;

    private ExpressionReader() {}

    static List<Expression> readAll(Attributes list) {
        return list.elements().stream().map(ExpressionReader::read).toList();
    }

    private static Expression read(Attributes whole) {
        final String name = whole.text(EXPR_NAME);
        final Expression known = known(name, whole.nested(EXPR_DATA));
        return known == null ? new Expression.Other(name, Bytes.wrap(whole.bytes(EXPR_DATA))) : known;
    }

    private static @Nullable Expression known(String name, Attributes data) {
        return switch (name) {
            case "payload" -> payload(data);
            case "meta" -> meta(data);
            case "cmp" -> compare(data);
            case "range" ->
                new Expression.Range(register(data, 1), data.be32(2, 0) == 1, value(data, 3), value(data, 4));
            case "bitwise" ->
                data.be32(6, 0) == 0 && data.has(4) && data.has(5)
                        ? new Expression.Bitwise(register(data, 1), register(data, 2), value(data, 4), value(data, 5))
                        : null;
            case "byteorder" ->
                data.be32(3, 0) == 0
                        ? new Expression.ByteOrder(
                                register(data, 1), register(data, 2), data.be32(4, 0), data.be32(5, 0))
                        : null;
            case "immediate" -> immediate(data);
            case "lookup" -> lookup(data);
            case "dynset" -> dynamic(data);
            case "numgen" -> number(data);
            case "hash" -> hash(data);
            case "ct" -> connection(data);
            case "fib" -> route(data);
            case "nat" -> nat(data);
            case "masq" -> new Expression.Masquerade(ports(data, 2), flags(data, 1));
            case "redir" -> new Expression.Redirect(ports(data, 1), flags(data, 3));
            case "reject" -> reject(data);
            case "counter" ->
                new Expression.Count(data.be64(Nfta.COUNTER_PACKETS, 0), data.be64(Nfta.COUNTER_BYTES, 0));
            case "objref" -> count(data);
            case "limit" -> limit(data);
            case "notrack" -> new Expression.NoTrack();
            case "flow_offload" -> new Expression.Offload(data.text(1));
            default -> null;
        };
    }

    private static @Nullable Expression payload(Attributes data) {
        final Expression.Header header =
                numbered(Expression.Header.values(), Expression.Header::number, data.be32(2, 0));
        return header == null || !data.has(1)
                ? null
                : new Expression.Payload(header, data.be32(3, 0), data.be32(4, 0), register(data, 1));
    }

    private static @Nullable Expression meta(Attributes data) {
        final Expression.MetaKey key =
                numbered(Expression.MetaKey.values(), Expression.MetaKey::number, data.be32(2, -1));
        if (key == null) {
            return null;
        }
        return data.has(3)
                ? new Expression.SetMeta(key, register(data, 3))
                : new Expression.Meta(key, register(data, 1));
    }

    private static @Nullable Expression compare(Attributes data) {
        final Expression.Operator operator =
                numbered(Expression.Operator.values(), Expression.Operator::number, data.be32(2, 0));
        return operator == null ? null : new Expression.Compare(register(data, 1), operator, value(data, 3));
    }

    private static @Nullable Expression immediate(Attributes data) {
        if (data.nested(2).has(Nfta.DATA_VALUE)) {
            return new Expression.Load(register(data, 1), value(data, 2));
        }
        final Verdict verdict = verdict(data.nested(2));
        return verdict == null ? null : new Expression.Decide(verdict);
    }

    /** Reads a verdict; null for a kind that is not known here. */
    static @Nullable Verdict verdict(Attributes value) {
        final Attributes verdict = value.nested(Nfta.DATA_VERDICT);
        final Verdict.Kind kind = numbered(
                Verdict.Kind.values(), Verdict.Kind::number, verdict.be32(Nfta.VERDICT_CODE, Integer.MIN_VALUE));
        final String chain = verdict.text(Nfta.VERDICT_CHAIN);
        final boolean leads = kind == Verdict.Kind.JUMP || kind == Verdict.Kind.GOTO;
        // A chain defined within its jump, as newer programs create them, has no name.
        return kind == null || leads == chain.isEmpty() ? null : new Verdict(kind, chain);
    }

    private static Expression lookup(Attributes data) {
        return data.has(3)
                ? new Expression.MapLookup(register(data, 2), data.text(1), register(data, 3))
                : new Expression.Lookup(register(data, 2), data.text(1), (data.be32(5, 0) & 1) != 0);
    }

    private static @Nullable Expression dynamic(Attributes data) {
        final Expression.Change change =
                numbered(Expression.Change.values(), Expression.Change::number, data.be32(3, 0));
        if (change == null || (data.be32(9, 0) & 1) != 0) {
            return null;
        }
        final List<Expression> each = data.has(7) ? List.of(read(data.nested(7))) : readAll(data.nested(10));
        return new Expression.Dynamic(
                change,
                data.text(1),
                register(data, 4),
                optionalRegister(data, 5),
                Duration.ofMillis(data.be64(6, 0)),
                each);
    }

    private static @Nullable Expression number(Attributes data) {
        final Expression.Generator generator =
                numbered(Expression.Generator.values(), Expression.Generator::number, data.be32(3, 0));
        return generator == null
                ? null
                : new Expression.Generate(generator, data.be32(2, 0), data.be32(4, 0), register(data, 1));
    }

    private static @Nullable Expression hash(Attributes data) {
        return switch (data.be32(7, 0)) {
            case 0 ->
                new Expression.Hash(
                        register(data, 1),
                        data.be32(3, 0),
                        data.be32(4, 0),
                        data.has(5) ? Optional.of(data.be32(5, 0)) : Optional.empty(),
                        data.be32(6, 0),
                        register(data, 2));
            case 1 -> new Expression.SymmetricHash(data.be32(4, 0), data.be32(6, 0), register(data, 2));
            default -> null;
        };
    }

    private static @Nullable Expression connection(Attributes data) {
        final Expression.ConnectionKey key =
                numbered(Expression.ConnectionKey.values(), Expression.ConnectionKey::number, data.be32(2, -1));
        if (key == null) {
            return null;
        }
        return data.has(4)
                ? new Expression.SetConnection(key, register(data, 4))
                : new Expression.Connection(
                        key,
                        Optional.ofNullable(
                                numbered(Expression.Direction.values(), Expression.Direction::number, data.u8(3, -1))),
                        register(data, 1));
    }

    private static @Nullable Expression route(Attributes data) {
        final Expression.RouteResult result =
                numbered(Expression.RouteResult.values(), Expression.RouteResult::number, data.be32(2, -1));
        return result == null
                ? null
                : new Expression.Route(
                        result,
                        bits(Expression.RouteKey.class, Expression.RouteKey::bit, data.be32(3, 0)),
                        register(data, 1));
    }

    private static @Nullable Expression nat(Attributes data) {
        final Expression.NatKind kind =
                numbered(Expression.NatKind.values(), Expression.NatKind::number, data.be32(1, -1));
        final Optional<IpFamily> family = AddressFamily.of(data.be32(2, 0));
        return kind == null || family.isEmpty()
                ? null
                : new Expression.Nat(
                        kind, family.get(), optionalRegister(data, 3), last(data, 3), ports(data, 5), flags(data, 7));
    }

    private static @Nullable Expression reject(Attributes data) {
        final Expression.Answer answer =
                numbered(Expression.Answer.values(), Expression.Answer::number, data.be32(1, -1));
        return answer == null ? null : new Expression.Reject(answer, data.u8(2, 0));
    }

    private static @Nullable Expression count(Attributes data) {
        if (data.has(4)) {
            return new Expression.CountByMap(register(data, 3), data.text(4));
        }
        return data.be32(1, 0) == Nfta.OBJECT_COUNTER ? new Expression.CountBy(data.text(2)) : null;
    }

    private static @Nullable Expression limit(Attributes data) {
        final Expression.LimitUnit unit =
                numbered(Expression.LimitUnit.values(), Expression.LimitUnit::number, data.be32(4, 0));
        return unit == null
                ? null
                : new Expression.Limit(
                        data.be64(1, 0), data.be64(2, 0), data.be32(3, 0), unit, (data.be32(5, 0) & 1) != 0);
    }

    private static Register register(Attributes data, int type) {
        return Register.ofNumber(data.be32(type, 0));
    }

    private static Optional<Register> optionalRegister(Attributes data, int type) {
        return data.has(type) ? Optional.of(register(data, type)) : Optional.empty();
    }

    /** Reads the last of a range; the kernel repeats the first if there is no last. */
    private static Optional<Register> last(Attributes data, int firstType) {
        return optionalRegister(data, firstType + 1).filter(last -> !last.equals(register(data, firstType)));
    }

    private static Expression.Ports ports(Attributes data, int firstType) {
        return new Expression.Ports(optionalRegister(data, firstType), last(data, firstType));
    }

    private static Set<Expression.NatFlag> flags(Attributes data, int type) {
        return bits(Expression.NatFlag.class, Expression.NatFlag::bit, data.be32(type, 0));
    }

    private static Bytes value(Attributes data, int type) {
        return Bytes.wrap(data.nested(type).bytes(Nfta.DATA_VALUE));
    }

    static <E> @Nullable E numbered(E[] values, ToIntFunction<E> number, int wanted) {
        return Arrays.stream(values)
                .filter(value -> number.applyAsInt(value) == wanted)
                .findFirst()
                .orElse(null);
    }

    static <E extends Enum<E>> Set<E> bits(Class<E> type, ToIntFunction<E> bit, int bits) {
        final Set<E> set = EnumSet.noneOf(type);
        for (E value : type.getEnumConstants()) {
            if ((bits & bit.applyAsInt(value)) != 0) {
                set.add(value);
            }
        }
        return set;
    }
}
