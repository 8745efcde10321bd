package io.pointsman.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pointsman.linux.Errno;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operations tried on the real kernel, in network namespaces of its own; needs root. */
class DryRunTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTryAllAndLeaveNothing(IpFamily family) throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables kernel = namespace.call(NfTables::open)) {
            final int before = kernel.generation();
            assertThat(DryRun.refusals(kernel, rules(new TableId(family, "tried"))))
                    .isEmpty();
            assertThat(kernel.generation()).isEqualTo(before);
            assertThat(kernel.tables()).isEmpty();
        }
    }

    @Test
    void shouldNameEachThatTheKernelLacks() throws IOException {
        final TableId table = new TableId(IpFamily.IPV4, "tried");
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables kernel = namespace.call(NfTables::open)) {
            final Transaction transaction = rules(table)
                    .append(table, Rule.of("a", unknown("teleport")))
                    .append(table, Rule.of("a", Expression.Count.FROM_ZERO))
                    .append(table, Rule.of("a", unknown("levitate")));
            assertThat(DryRun.refusals(kernel, transaction))
                    .extracting(TransactionException.Refusal::operation, TransactionException.Refusal::errno)
                    .containsExactly(tuple(3, Errno.ENOENT), tuple(5, Errno.ENOENT));
        }
    }

    /** Three operations that every kernel with nf_tables accepts. */
    private static Transaction rules(TableId table) {
        return new Transaction()
                .create(Table.of(table))
                .add(table, Chain.regular("a"))
                .append(table, Rule.of("a", Expression.Count.FROM_ZERO));
    }

    private static Expression unknown(String name) {
        return new Expression.Other(name, Bytes.of(new byte[0]));
    }
}
