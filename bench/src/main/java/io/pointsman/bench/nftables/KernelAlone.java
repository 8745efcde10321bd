package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.Services;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.DataType;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Lower bound for any program: writes the same elements, encoded beforehand, in one transaction without rules. */
final class KernelAlone {
    private static final TableId TABLE = new TableId(IpFamily.IPV4, "alone");
    private static final int FIRST_ENDPOINT = 0x0AF4_0001; // 10.244.0.1
    private static final int TCP = 6;
    private static final NamedSet SERVICES =
            NamedSet.verdictMap("services", DataType.IPV4_ADDR, DataType.INET_PROTO, DataType.INET_SERVICE);
    private static final NamedSet ENDPOINTS = NamedSet.map(
            "endpoints",
            List.of(DataType.IPV4_ADDR, DataType.INET_SERVICE),
            DataType.IPV4_ADDR,
            DataType.INET_PROTO,
            DataType.INET_SERVICE,
            DataType.INTEGER);

    private KernelAlone() {}

    /** Returns the time of the call that sends the transaction. */
    static double millis(String netns, int services, int endpoints) throws IOException {
        final List<Element> first = new ArrayList<>(services);
        final List<Element> all = new ArrayList<>(services * endpoints);
        for (int i = 0; i < services; i++) {
            final Bytes vip = Bytes.address(Services.vip(i));
            final Bytes frontend = Bytes.concatenated(vip, Bytes.u8(TCP), Bytes.be16(Services.PORT));
            first.add(Element.of(frontend, Verdict.goTo("policy")));
            for (int slot = 0; slot < endpoints; slot++) {
                final Bytes endpoint = Bytes.address(IpAddress.ofIpv4(FIRST_ENDPOINT + i * endpoints + slot));
                all.add(Element.of(
                        Bytes.concatenated(frontend, Bytes.host32(slot)),
                        Bytes.concatenated(endpoint, Bytes.be16(Services.TARGET_PORT))));
            }
        }
        try (NfTables kernel = NetworkNamespace.named(netns).call(NfTables::open)) {
            kernel.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, Chain.regular("policy"))
                    .add(TABLE, SERVICES)
                    .add(TABLE, ENDPOINTS));
            final Transaction transaction =
                    new Transaction().addElements(TABLE, SERVICES, first).addElements(TABLE, ENDPOINTS, all);
            final long startNanos = System.nanoTime();
            kernel.commit(transaction);
            return (System.nanoTime() - startNanos) / 1e6;
        }
    }
}
