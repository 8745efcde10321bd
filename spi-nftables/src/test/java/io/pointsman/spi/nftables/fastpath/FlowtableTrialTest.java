package io.pointsman.spi.nftables.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.Register;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The trial with a real connection. Rules that lose connections stand in for kernels that do so. */
@ExtendWith(LabExtension.class)
class FlowtableTrialTest {
    private static final Register R0 = new Register(0);
    private static final int MANY_BYTES = 1000;

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAKernelThatStopsConnections(IpFamily family) throws Exception {
        Lab.open().close(); // skipped where no namespaces can be made
        assertThat(FlowtableTrial.obstacle(family, FlowtableTrialTest::stopping))
                .hasValueSatisfying(why -> assertThat(why).contains("it stopped (DESTINATION translated)"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAKernelThatOffloadsNothing(IpFamily family) throws Exception {
        Lab.open().close();
        assertThat(FlowtableTrial.obstacle(family, (network, translation, _) -> network.translated(translation)))
                .hasValueSatisfying(why -> assertThat(why).contains("did not add it to the flowtable"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayWhatAKernelWithoutFlowtablesLacks(IpFamily family) throws Exception {
        Lab.open().close();
        FlowtableTrial.obstacle(family).ifPresent(why -> assertThat(why)
                .startsWith("this kernel has no flowtables (nft_flow_offload): adding flowtable trial of table"));
    }

    private static Transaction stopping(
            TrialNetwork network, TrialNetwork.Translation translation, List<String> devices) {
        return network.translated(translation)
                .append(
                        network.id(),
                        Rule.of(
                                TrialNetwork.THROUGH,
                                new Expression.Payload(
                                        Expression.Header.NETWORK, network.family() == IpFamily.IPV4 ? 2 : 4, 2, R0),
                                new Expression.Compare(R0, Expression.Operator.GREATER, Bytes.be16(MANY_BYTES)),
                                new Expression.Decide(Verdict.DROP)));
    }
}
