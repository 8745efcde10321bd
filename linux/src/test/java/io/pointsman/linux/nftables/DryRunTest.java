package io.pointsman.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Errno;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Features of the real kernel, in network namespaces of its own; needs root. */
class KernelSupportTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTryAllAndLeaveNothing(IpFamily family) throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables kernel = namespace.call(NfTables::open)) {
            final int before = kernel.generation();
            assertThat(KernelSupport.missing(kernel, family)).isEmpty();
            assertThat(kernel.generation()).isEqualTo(before);
            assertThat(kernel.tables()).isEmpty();
        }
    }

    @Test
    void shouldNameEachThatTheKernelLacks() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables kernel = namespace.call(NfTables::open)) {
            final KernelSupport support = new KernelSupport(IpFamily.IPV4);
            support.feature("table", (to, id) -> to.create(Table.of(id)));
            support.feature("chain", (to, id) -> to.add(id, Chain.regular("a")).add(id, Chain.regular("b")));
            support.feature("teleport", (to, id) -> to.append(id, Rule.of("a", unknown("teleport"))));
            support.feature("counter", (to, id) -> to.append(id, Rule.of("b", Expression.Count.FROM_ZERO)));
            support.feature("levitate", (to, id) -> to.append(id, Rule.of("b", unknown("levitate"))));
            assertThat(support.run(kernel))
                    .containsExactly(
                            new KernelSupport.Missing("teleport", Errno.ENOENT, ""),
                            new KernelSupport.Missing("levitate", Errno.ENOENT, ""));
        }
    }

    private static Expression unknown(String name) {
        return new Expression.Other(name, Bytes.of(new byte[0]));
    }
}
