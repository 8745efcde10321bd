package io.pointsman.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ServiceFiguresTest {
    private static final ServicePortName DNS =
            new ServicePortName(new ObjectName("kube-system", "dns"), "dns", Protocol.UDP);
    private static final ServicePortName WEB = new ServicePortName(new ObjectName("default", "web"), "", Protocol.TCP);

    private static FlowRecord flow(Optional<ServicePortName> owner) {
        final IpAddress address = IpAddress.parse("192.0.2.1");
        final FlowRecord.Tuple tuple = new FlowRecord.Tuple(Protocol.TCP, address, 1, address, 80);
        return new FlowRecord(tuple, tuple, owner, "ESTABLISHED", 3, 300, 2, 200, Optional.empty());
    }

    @Test
    void shouldTellOfFlowsHowManyThereAreAndNothingThatIsNoTotal() {
        assertThat(ServiceFigures.of(Stream.of(
                        flow(Optional.of(DNS)),
                        flow(Optional.empty()),
                        flow(Optional.of(WEB)),
                        flow(Optional.of(DNS)))))
                .isEqualTo(List.of(
                        new ServiceFigures(WEB, Map.of(Figure.CONNECTIONS_NOW, 1L), Map.of()),
                        new ServiceFigures(DNS, Map.of(Figure.CONNECTIONS_NOW, 2L), Map.of())));
    }

    @Test
    void shouldHaveNoNumberWhereNothingIsCounted() {
        final ServiceFigures figures = new ServiceFigures(WEB, Map.of(Figure.CONNECTIONS, 0L), Map.of());
        assertThat(figures.value(Figure.CONNECTIONS)).hasValue(0);
        assertThat(figures.value(Figure.PACKETS_TO_CLIENTS)).isEmpty();
    }

    @Test
    void shouldJoinFiguresOfTwoKinds() {
        assertThat(ServiceFigures.merged(
                        List.of(new ServiceFigures(DNS, Map.of(Figure.CONNECTIONS_NOW, 1L), Map.of())),
                        List.of(
                                new ServiceFigures(DNS, Map.of(Figure.CONNECTIONS, 7L), Map.of("no-endpoint", 2L)),
                                new ServiceFigures(WEB, Map.of(Figure.CONNECTIONS, 3L), Map.of()))))
                .isEqualTo(List.of(
                        new ServiceFigures(WEB, Map.of(Figure.CONNECTIONS, 3L), Map.of()),
                        new ServiceFigures(
                                DNS,
                                Map.of(Figure.CONNECTIONS_NOW, 1L, Figure.CONNECTIONS, 7L),
                                Map.of("no-endpoint", 2L))));
    }
}
