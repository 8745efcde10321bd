package io.pointsman.spi.nftables.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.nftables.NetNs;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The trial on the real kernel, in a network namespace of its own; needs root. */
class TrialTest {
    private static final TableId TABLE = new TableId(IpFamily.IPV4, "tried");

    @Test
    void shouldLeaveNoTraceOfTheLayout() throws IOException {
        try (NetNs netns = NetNs.create();
                NfTables kernel = Whereabouts.of(netns.name).call(NfTables::open)) {
            final int before = kernel.generation();
            assertThat(Trial.obstacle(Whereabouts.of(netns.name))).isEmpty();
            assertThat(kernel.generation()).isEqualTo(before);
        }
    }

    @Test
    void shouldNameTheFirstLackAndCountTheOthers() throws IOException {
        try (NetNs netns = NetNs.create();
                NfTables kernel = Whereabouts.of(netns.name).call(NfTables::open)) {
            final Transaction withoutTable =
                    new Transaction().add(TABLE, Chain.regular("a")).add(TABLE, Chain.regular("b"));
            assertThat(Trial.lacks(kernel, withoutTable))
                    .get()
                    .asString()
                    .startsWith("adding chain a of table " + TABLE + ": ENOENT")
                    .endsWith(", and 1 more");
            assertThat(Trial.lacks(kernel, new Transaction().create(Table.of(TABLE))))
                    .isEmpty();
        }
    }
}
