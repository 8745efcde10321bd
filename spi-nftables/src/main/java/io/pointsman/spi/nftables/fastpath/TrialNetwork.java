package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.Flowtable;
import io.pointsman.linux.nftables.Register;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Addresses and rules of the trial. Its namespaces are private, so any addresses will do. */
record TrialNetwork(IpFamily family) {
    static final int VIP_PORT = 80;
    static final int SERVER_PORT = 8080;
    private static final String TABLE = "trial";
    private static final String FLOWTABLE = "trial";
    /** Name of the chain of forwarded packets. */
    static final String THROUGH = "through";

    private static final int CT_ESTABLISHED = 2;
    private static final Register R0 = new Register(0);

    /** Translation of a connection's addresses. */
    enum Translation {
        DESTINATION,
        BOTH
    }

    private IpAddress address(String ipv4, String ipv6) {
        return IpAddress.parse(family == IpFamily.IPV4 ? ipv4 : ipv6);
    }

    IpAddress client() {
        return address("10.0.1.2", "fd00:0:0:1::2");
    }

    IpAddress routerOfClient() {
        return address("10.0.1.1", "fd00:0:0:1::1");
    }

    IpAddress server() {
        return address("10.0.2.2", "fd00:0:0:2::2");
    }

    IpAddress routerOfServer() {
        return address("10.0.2.1", "fd00:0:0:2::1");
    }

    IpAddress vip() {
        return address("10.0.3.1", "fd00:0:0:3::1");
    }

    /** Name of the sysctl that enables forwarding. */
    String forwarding() {
        return family == IpFamily.IPV4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
    }

    /** Recreates the table with a flowtable. */
    Transaction table(Translation translation, List<String> devices) {
        return translated(translation)
                .add(id(), Flowtable.of(FLOWTABLE).with(devices))
                .append(
                        id(),
                        Rule.of(
                                THROUGH,
                                new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), R0),
                                Expression.Compare.equal(R0, Bytes.host32(CT_ESTABLISHED)),
                                new Expression.Offload(FLOWTABLE)));
    }

    /** Recreates the table without a flowtable. */
    Transaction translated(Translation translation) {
        final TableId id = id();
        final Transaction transaction =
                new Transaction().add(Table.of(id)).deleteTable(id).add(Table.of(id));
        transaction.add(id, Chain.base("in", Chain.Type.NAT, Chain.Hook.PREROUTING, -100));
        transaction.add(id, Chain.base(THROUGH, Chain.Type.FILTER, Chain.Hook.FORWARD, 0));
        transaction.add(id, Chain.base("out", Chain.Type.NAT, Chain.Hook.POSTROUTING, 100));
        final List<Expression> toServer = new ArrayList<>(toPort(VIP_PORT));
        final Register port = R0.behind(family == IpFamily.IPV4 ? 4 : 16);
        toServer.add(new Expression.Load(R0, Bytes.address(server())));
        toServer.add(new Expression.Load(port, Bytes.be16(SERVER_PORT)));
        toServer.add(Expression.Nat.destination(family, R0, port));
        transaction.append(id, Rule.of("in", toServer.toArray(Expression[]::new)));
        if (translation == Translation.BOTH) {
            final List<Expression> masquerade = new ArrayList<>(toPort(SERVER_PORT));
            masquerade.add(new Expression.Masquerade(Expression.Ports.ANY, Set.of()));
            transaction.append(id, Rule.of("out", masquerade.toArray(Expression[]::new)));
        }
        return transaction;
    }

    TableId id() {
        return new TableId(family, TABLE);
    }

    private static List<Expression> toPort(int port) {
        return List.of(
                new Expression.Meta(Expression.MetaKey.L4PROTO, R0),
                Expression.Compare.equal(R0, Bytes.u8(6)),
                new Expression.Payload(Expression.Header.TRANSPORT, 2, 2, R0),
                Expression.Compare.equal(R0, Bytes.be16(port)));
    }
}
