package io.pointsman.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netlink.Attributes;
import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ExpressionCodecTest {
    private static final int TRIES = 200;
    private static final int LIST = 4;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Factories, one for each kind of expression; {@link #shouldMakeEveryKind} finds missing ones. */
    private final List<Function<Random, Expression>> makers = List.of(
            r -> new Expression.Payload(any(Expression.Header.values()), r.nextInt(64), 1 + r.nextInt(16), register()),
            _ -> new Expression.Meta(any(Expression.MetaKey.values()), register()),
            _ -> new Expression.SetMeta(any(Expression.MetaKey.values()), register()),
            _ -> new Expression.Compare(register(), any(Expression.Operator.values()), bytes(1 + random.nextInt(16))),
            r -> new Expression.Range(register(), r.nextBoolean(), bytes(2), bytes(2)),
            _ -> new Expression.Bitwise(register(), register(), bytes(4), bytes(4)),
            _ -> new Expression.ByteOrder(register(), register(), 4, 2),
            _ -> new Expression.Load(register(), bytes(1 + random.nextInt(16))),
            _ -> new Expression.Decide(verdict()),
            r -> new Expression.Lookup(register(), "set-a", r.nextBoolean()),
            r -> new Expression.MapLookup(register(), "map", r.nextBoolean() ? Register.VERDICT : register()),
            r -> new Expression.Dynamic(
                    any(Expression.Change.values()),
                    "set",
                    register(),
                    maybe(register()),
                    Duration.ofMillis(r.nextInt(1_000_000)),
                    List.<Expression>of(new Expression.Count(1, 2), new Expression.NoTrack())
                            .subList(0, r.nextInt(3))),
            r -> new Expression.Generate(
                    any(Expression.Generator.values()), 1 + r.nextInt(100), r.nextInt(9), register()),
            r -> new Expression.Hash(register(), 4, 1 + r.nextInt(100), maybe(r.nextInt()), r.nextInt(9), register()),
            r -> new Expression.SymmetricHash(1 + r.nextInt(100), r.nextInt(9), register()),
            _ -> new Expression.Connection(
                    any(Expression.ConnectionKey.values()), maybe(any(Expression.Direction.values())), register()),
            _ -> new Expression.SetConnection(any(Expression.ConnectionKey.values()), register()),
            _ -> new Expression.Route(
                    any(Expression.RouteResult.values()), some(Expression.RouteKey.class), register()),
            _ -> new Expression.Nat(
                    any(Expression.NatKind.values()),
                    any(IpFamily.values()),
                    Optional.of(new Register(0)),
                    maybe(new Register(1 + random.nextInt(15))),
                    ports(),
                    some(Expression.NatFlag.class)),
            _ -> new Expression.Masquerade(ports(), some(Expression.NatFlag.class)),
            _ -> new Expression.Redirect(ports(), some(Expression.NatFlag.class)),
            r -> new Expression.Reject(any(Expression.Answer.values()), r.nextInt(16)),
            r -> new Expression.Count(r.nextLong(), r.nextLong()),
            _ -> new Expression.CountBy("counter"),
            _ -> new Expression.CountByMap(register(), "map"),
            r -> new Expression.Limit(
                    r.nextInt(1000), 60, r.nextInt(9), any(Expression.LimitUnit.values()), r.nextBoolean()),
            _ -> new Expression.Offload("fast-path"),
            _ -> new Expression.NoTrack(),
            _ -> new Expression.Other("quota", Bytes.of(new byte[] {8, 0, 1, 0, 1, 2, 3, 4})));

    private static List<Expression> readBack(List<Expression> expressions) {
        final RequestBuffer out = new RequestBuffer(16);
        new ExpressionWriter(out).writeAll(LIST, expressions);
        final byte[] written = Arrays.copyOf(out.array(), out.length());
        return ExpressionReader.readAll(Attributes.of(written).nested(LIST));
    }

    @Test
    void shouldReadEveryKindAsItWasWritten() {
        for (int i = 0; i < TRIES; i++) {
            for (Function<Random, Expression> maker : makers) {
                final Expression expression = maker.apply(random);
                assertThat(readBack(List.of(expression))).as("seed " + seed).containsExactly(expression);
            }
        }
    }

    @Test
    void shouldReadThemAllInOneRule() {
        final List<Expression> all =
                makers.stream().map(maker -> maker.apply(random)).toList();
        assertThat(readBack(all)).as("seed " + seed).isEqualTo(all);
    }

    @Test
    void shouldMakeEveryKind() {
        final List<String> made = makers.stream()
                .map(maker -> maker.apply(random).getClass().getName())
                .toList();
        assertThat(Arrays.stream(Expression.class.getPermittedSubclasses()).map(Class::getName))
                .containsExactlyInAnyOrderElementsOf(made);
    }

    @Test
    void shouldKeepWhatItDoesNotKnow() {
        final Expression newer = new Expression.Other("inner", Bytes.of(new byte[] {5, 0, 1, 0, 9, 0, 0, 0}));
        assertThat(readBack(List.of(newer))).containsExactly(newer);
        // a payload that is written into the packet: its source is in another attribute
        final Expression write = new Expression.Other("payload", Bytes.of(new byte[] {8, 0, 5, 0, 0, 0, 0, 1}));
        assertThat(readBack(List.of(write))).containsExactly(write);
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> Optional<T> maybe(T value) {
        return random.nextBoolean() ? Optional.of(value) : Optional.empty();
    }

    private <E extends Enum<E>> Set<E> some(Class<E> type) {
        final Set<E> some = EnumSet.noneOf(type);
        for (E value : type.getEnumConstants()) {
            if (random.nextBoolean()) {
                some.add(value);
            }
        }
        return some;
    }

    private Register register() {
        return new Register(random.nextInt(16));
    }

    private Expression.Ports ports() {
        return random.nextBoolean()
                ? Expression.Ports.ANY
                : new Expression.Ports(Optional.of(new Register(2)), maybe(new Register(3)));
    }

    private Verdict verdict() {
        return any(new Verdict[] {
            Verdict.ACCEPT, Verdict.DROP, Verdict.RETURN, Verdict.CONTINUE, Verdict.jump("a"), Verdict.goTo("b.c-d_e")
        });
    }

    private Bytes bytes(int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return Bytes.of(bytes);
    }
}
