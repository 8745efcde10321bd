package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GaugeHistoryTest {
    private final GaugeHistory history = new GaugeHistory();

    @Test
    void shouldForgetWhatIsAnHourOld() throws Exception {
        for (long i = 0; i < GaugeHistory.SAMPLES + 5; i++) {
            history.add(i % 2 == 0 ? Map.of(Gauge.FLOWS, i) : Map.of(Gauge.FLOWS, i, Gauge.EVENTS_LOST, 7L));
        }

        final JsonNode answer = new ObjectMapper().readTree(history.answer());
        assertThat(answer.path("flows")).hasSize(360);
        assertThat(answer.at("/flows/0").asLong()).isEqualTo(5);
        assertThat(answer.at("/flows/359").asLong()).isEqualTo(364);
        assertThat(answer.at("/eventsLost/0").asLong()).isEqualTo(7);
        assertThat(answer.at("/eventsLost/1").isNull()).isTrue();
        assertThat(answer.path("heapBytes")).hasSize(360).allMatch(JsonNode::isNull);
    }
}
