package io.pointsman.linux.nftables;

import static io.pointsman.linux.nftables.DataType.INET_PROTO;
import static io.pointsman.linux.nftables.DataType.INET_SERVICE;
import static io.pointsman.linux.nftables.DataType.INTEGER;
import static io.pointsman.linux.nftables.DataType.IPV4_ADDR;
import static io.pointsman.linux.nftables.DataType.IPV6_ADDR;

import io.pointsman.linux.Errno;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Tests which features of nf_tables a kernel lacks. Neither its version nor its modules tell, so they are tried. All trials
 * are in a transaction whose last operation must fail, so nothing takes effect: no other program sees a table, an event or a
 * new generation.
 */
public final class KernelSupport {
    private static final String NAME = "pointsman-probe";
    /** Feature without which a kernel has no use for any other: tables of the family. */
    private static final String TABLES = "table";

    private static final Register R0 = new Register(0);
    private static final Register R8 = new Register(8);

    private final IpFamily family;
    private final TableId table;
    private final List<String> features = new ArrayList<>();
    private final Transaction transaction = new Transaction();
    private final List<Integer> lastOperations = new ArrayList<>();

    /**
     * A feature that a kernel lacks.
     *
     * @param feature an expression, by the kernel's name, or a use of one: {@code fib}, {@code masq with ports}
     * @param errno the kernel's error when it refused the feature
     * @param kernelText the kernel's error text; empty for none
     */
    public record Missing(String feature, Errno errno, String kernelText) {}

    KernelSupport(IpFamily family) {
        this.family = family;
        this.table = new TableId(family, NAME);
    }

    /**
     * Returns the features that are missing for rules, sets and maps of a family, of all that this package can write except
     * flowtables. If tables of the family are missing, they are the only entry. A feature that needs a missing kind of
     * chain, set or map is missing as well.
     *
     * @throws IOException when nothing could be tried, for lack of privilege for instance
     */
    public static List<Missing> missing(NfTables kernel, IpFamily family) throws IOException {
        return new KernelSupport(family).rules().run(kernel);
    }

    /**
     * Whether a table may have these flags.
     *
     * @throws IOException when nothing could be tried, for lack of privilege for instance
     */
    public static boolean hasFlags(NfTables kernel, Set<Table.Flag> flags) throws IOException {
        final KernelSupport support = new KernelSupport(IpFamily.IPV4);
        support.feature("table flags", (to, id) -> to.create(Table.of(id).flagged(flags)));
        return support.run(kernel).isEmpty();
    }

    /** Adds a feature to try, in one or more operations. */
    void feature(String name, BiConsumer<Transaction, TableId> operations) {
        operations.accept(transaction, table);
        features.add(name);
        lastOperations.add(transaction.size());
    }

    /** Adds a rule to try. Its register is filled first: newer kernels let no rule read a register that it did not fill. */
    private void rule(String feature, String chain, Expression... expressions) {
        final Expression filled = new Expression.Load(R0, Bytes.of(new byte[16]));
        feature(feature, (to, id) -> to.append(id, Rule.of(chain, with(List.of(filled), expressions))));
    }

    private KernelSupport rules() {
        final DataType address = family == IpFamily.IPV4 ? IPV4_ADDR : IPV6_ADDR;
        feature(TABLES, (to, id) -> to.create(Table.of(id)));
        feature("chain of type nat", (to, id) -> to.add(
                        id, Chain.base("nat-in", Chain.Type.NAT, Chain.Hook.PREROUTING, -100))
                .add(id, Chain.base("nat-out", Chain.Type.NAT, Chain.Hook.POSTROUTING, 100)));
        feature("chain of type filter", (to, id) -> to.add(
                        id, Chain.base("filter-in", Chain.Type.FILTER, Chain.Hook.INPUT, 0))
                .add(id, Chain.base("raw-in", Chain.Type.FILTER, Chain.Hook.PREROUTING, -300)));
        feature("chain", (to, id) -> to.add(id, Chain.regular("other")));
        feature(
                "map of verdicts",
                (to, id) -> to.add(id, NamedSet.verdictMap("verdicts", address, INET_PROTO, INET_SERVICE)));
        feature(
                "map of addresses and ports",
                (to, id) -> to.add(
                        id,
                        NamedSet.map(
                                "ends", List.of(address, INET_SERVICE), address, INET_PROTO, INET_SERVICE, INTEGER)));
        feature(
                "concatenated ranges",
                (to, id) -> to.add(id, NamedSet.set("ranges", address, address).flagged(NamedSet.Flag.INTERVAL)));
        feature(
                "set of ranges",
                (to, id) -> to.add(id, NamedSet.set("nets", address).flagged(NamedSet.Flag.INTERVAL)));
        feature("map of counters", (to, id) -> to.add(id, NamedCounter.of("total"))
                .add(id, NamedSet.counterMap("figures", address)));
        feature(
                "map that rules change",
                (to, id) -> to.add(
                        id,
                        NamedSet.map("clients", List.of(address), address, INET_SERVICE)
                                .flagged(NamedSet.Flag.DYNAMIC, NamedSet.Flag.TIMEOUT)
                                .sized(100)));
        expressions();
        return this;
    }

    private void expressions() {
        final KeyLoad slot = KeyLoad.at(R0)
                .destinationAddress(family)
                .protocol()
                .destinationPort()
                .random(2);
        final Register port = R0.behind(family == IpFamily.IPV4 ? 4 : 16);
        final Expression.Ports ports = new Expression.Ports(Optional.of(R0), Optional.of(R8));
        final Set<Expression.NatFlag> random = Set.of(Expression.NatFlag.FULLY_RANDOM);
        rule("payload", "other", new Expression.Payload(Expression.Header.TRANSPORT, 2, 2, R0));
        rule("meta", "other", new Expression.Meta(Expression.MetaKey.MARK, R0));
        rule("cmp", "other", Expression.Compare.equal(R0, Bytes.u8(6)));
        rule("range", "other", new Expression.Range(R0, false, Bytes.be16(1), Bytes.be16(2)));
        rule("bitwise", "other", new Expression.Meta(Expression.MetaKey.MARK, R0), Expression.Bitwise.or(R0, 1));
        rule("byteorder", "other", new Expression.ByteOrder(R0, R0, 4, 4));
        rule("immediate", "other", new Expression.Decide(Verdict.RETURN));
        rule("numgen", "other", Expression.Generate.random(2, R0));
        rule("hash", "other", new Expression.Hash(R0, 4, 7, Optional.of(1), 0, R8));
        rule("symhash", "other", new Expression.SymmetricHash(7, 0, R8));
        rule("ct", "filter-in", new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), R0));
        rule(
                "fib",
                "filter-in",
                new Expression.Route(Expression.RouteResult.ADDRESS_TYPE, Set.of(Expression.RouteKey.DESTINATION), R0));
        rule("lookup", "other", new Expression.Lookup(R0, "nets", false));
        rule(
                "nat by a map",
                "nat-in",
                with(
                        slot.expressions(),
                        new Expression.MapLookup(R0, "ends", R0),
                        Expression.Nat.destination(family, R0, port)));
        rule("masq", "nat-out", new Expression.Masquerade(Expression.Ports.ANY, random));
        rule(
                "masq with ports",
                "nat-out",
                new Expression.Load(R0, Bytes.be16(1024)),
                new Expression.Load(R8, Bytes.be16(29999)),
                new Expression.Masquerade(ports, random));
        rule(
                "redir",
                "nat-in",
                new Expression.Load(R0, Bytes.be16(99)),
                new Expression.Redirect(new Expression.Ports(Optional.of(R0), Optional.empty()), Set.of()));
        rule("reject", "filter-in", Expression.Reject.portUnreachable(family));
        rule("counter", "other", Expression.Count.FROM_ZERO);
        rule("objref", "other", new Expression.CountBy("total"));
        rule(
                "objref by a map",
                "other",
                with(
                        KeyLoad.at(R0).destinationAddress(family).expressions(),
                        new Expression.CountByMap(R0, "figures")));
        rule("limit", "other", new Expression.Limit(1, 1, 5, Expression.LimitUnit.PACKETS, false));
        rule("notrack", "raw-in", new Expression.NoTrack());
        final KeyLoad client = KeyLoad.at(R0).sourceAddress(family).destinationPort();
        rule(
                "dynset",
                "other",
                with(
                        client.sourceAddress(family).expressions(),
                        new Expression.Dynamic(
                                Expression.Change.UPDATE,
                                "clients",
                                R0,
                                Optional.of(R0.behind(family == IpFamily.IPV4 ? 8 : 20)),
                                Duration.ofHours(1),
                                List.of())));
    }

    private static Expression[] with(List<Expression> first, Expression... more) {
        final List<Expression> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all.toArray(new Expression[0]);
    }

    /** Runs the trial; returns the features refused, including those that depend on a refused one. */
    List<Missing> run(NfTables kernel) throws IOException {
        final int end = transaction.size();
        transaction.deleteChain(table, "no-such-chain");
        try {
            kernel.commit(transaction);
        } catch (TransactionException e) {
            if (e.refusals().stream().anyMatch(refusal -> refusal.operation() < 0)) {
                throw e; // none of them was looked at
            }
            final Map<String, Missing> missing = new LinkedHashMap<>();
            for (TransactionException.Refusal refusal : e.refusals()) {
                if (refusal.operation() != end) {
                    final String feature = name(refusal.operation());
                    missing.putIfAbsent(feature, new Missing(feature, refusal.errno(), refusal.kernelText()));
                }
            }
            final Missing table = missing.get(TABLES);
            return table == null ? List.copyOf(missing.values()) : List.of(table);
        }
        throw new IllegalStateException("the kernel deleted a chain that there was not");
    }

    private String name(int operation) {
        int feature = 0;
        while (lastOperations.get(feature) <= operation) {
            feature++;
        }
        return features.get(feature);
    }
}
