package io.pointsman.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NameOrderTest {
    private final NameOrder order = new NameOrder();

    private static ServiceFigures figures(String service, long connections) {
        return new ServiceFigures(
                new ServicePortName(new ObjectName("default", service), "http", Protocol.TCP),
                Map.of(Figure.CONNECTIONS, connections),
                Map.of());
    }

    private List<String> sorted(ServiceFigures... figures) {
        return order.sorted(Arrays.asList(figures)).stream()
                .map(one -> one.port().service().name() + "=" + one.values().get(Figure.CONNECTIONS))
                .toList();
    }

    @Test
    void shouldSortNewFiguresOfTheSamePorts() {
        assertThat(sorted(figures("c", 1), figures("a", 2), figures("b", 3))).containsExactly("a=2", "b=3", "c=1");
        assertThat(sorted(figures("c", 4), figures("a", 5), figures("b", 6))).containsExactly("a=5", "b=6", "c=4");
    }

    @Test
    void shouldNoticeAnotherOrderAnotherPortAndAnotherNumberOfPorts() {
        assertThat(sorted(figures("b", 1), figures("a", 2))).containsExactly("a=2", "b=1");
        assertThat(sorted(figures("a", 3), figures("b", 4))).containsExactly("a=3", "b=4");
        assertThat(sorted(figures("a", 5), figures("0", 6))).containsExactly("0=6", "a=5");
        assertThat(sorted(figures("a", 7))).containsExactly("a=7");
        assertThat(sorted()).isEmpty();
    }
}
