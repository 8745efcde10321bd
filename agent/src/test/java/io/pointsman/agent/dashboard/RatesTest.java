package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RatesTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static ServicePortName port(String service) {
        return new ServicePortName(new ObjectName("default", service), "http", Protocol.TCP);
    }

    private static ServiceFigures figures(String service, long connections) {
        return new ServiceFigures(port(service), Map.of(Figure.CONNECTIONS, connections), Map.of());
    }

    private static Rates after(Rates.Reading before, ServiceFigures... figures) {
        return new Rates(
                Optional.of(before), Rates.Reading.of(List.of(figures), before.nanos() + SECOND, Optional.of(before)));
    }

    @Test
    void shouldTellRatesWhileTheBackendListsTheSamePorts() {
        final Rates.Reading first = Rates.Reading.of(List.of(figures("b", 10), figures("a", 20)), 0, Optional.empty());
        final Rates rates = after(first, figures("b", 11), figures("a", 22));

        assertThat(rates.now().positions()).isSameAs(first.positions());
        assertThat(rates.connectionsPerSecond(port("a"))).isEqualTo(OptionalDouble.of(2));
        assertThat(rates.connectionsPerSecond(port("b"))).isEqualTo(OptionalDouble.of(1));
        assertThat(rates.figures(port("a")).values()).containsEntry(Figure.CONNECTIONS, 22L);
    }

    @Test
    void shouldNotMistakeOnePortForAnotherWhenTheListChanges() {
        final Rates.Reading first = Rates.Reading.of(List.of(figures("b", 10), figures("a", 20)), 0, Optional.empty());
        final Rates turned = after(first, figures("a", 23), figures("b", 14));
        assertThat(turned.connectionsPerSecond(port("a"))).isEqualTo(OptionalDouble.of(3));
        assertThat(turned.connectionsPerSecond(port("b"))).isEqualTo(OptionalDouble.of(4));

        final Rates replaced = after(turned.now(), figures("a", 25), figures("c", 9));
        assertThat(replaced.connectionsPerSecond(port("a"))).isEqualTo(OptionalDouble.of(2));
        assertThat(replaced.connectionsPerSecond(port("c"))).as("it is new").isEqualTo(OptionalDouble.of(9));
        assertThat(replaced.connectionsPerSecond(port("b"))).as("it is gone").isEmpty();
        assertThat(replaced.figures(port("b")).values()).isEmpty();
    }
}
