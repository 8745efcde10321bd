package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.look.ServiceRow;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ServiceAnswersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ServiceQuery FIRST = new ServiceQuery("", ServiceQuery.Order.NAME, 0, 3);

    private final ServiceAnswers answers = new ServiceAnswers();

    /** Returns a window with one row for each of these numbers of connections. */
    private static ServiceTable.Window window(long... connections) {
        final List<RatedRow> rows =
                Arrays.stream(connections).mapToObj(ServiceAnswersTest::row).toList();
        return new ServiceTable.Window(rows.size(), rows.size(), rows);
    }

    private static RatedRow row(long connections) {
        final ServicePortName port = new ServicePortName(new ObjectName("default", "web"), "", Protocol.TCP);
        final ServiceRow row = ServiceRow.of(port, List.of())
                .with(new ServiceFigures(port, Map.of(Figure.CONNECTIONS, connections), Map.of()));
        return new RatedRow(row, OptionalDouble.empty(), OptionalDouble.empty(), 0);
    }

    private JsonNode answer(ServiceQuery query, ServiceTable.Window window, int have) throws JsonProcessingException {
        return JSON.readTree(answers.answer(query, window, have));
    }

    @Test
    void shouldLeaveOutTheRowsThatThePageHas() throws JsonProcessingException {
        final JsonNode whole = answer(FIRST, window(1, 2, 3), ServiceAnswers.NONE);
        assertThat(whole.path("rows")).hasSize(3).noneMatch(JsonNode::isNull);

        final JsonNode later =
                answer(FIRST, window(1, 7, 3), whole.path("version").asInt());
        assertThat(later.at("/rows/0").isNull()).isTrue();
        assertThat(later.at("/rows/1/connections").asInt()).isEqualTo(7);
        assertThat(later.at("/rows/2").isNull()).isTrue();
        assertThat(later.path("version").asInt())
                .isNotEqualTo(whole.path("version").asInt());

        final JsonNode same =
                answer(FIRST, window(1, 7, 3), later.path("version").asInt());
        assertThat(same.path("rows")).hasSize(3).allMatch(JsonNode::isNull);
        assertThat(same.path("version")).isEqualTo(later.path("version"));

        final JsonNode longer =
                answer(FIRST, window(1, 7, 3, 4), same.path("version").asInt());
        assertThat(longer.at("/rows/2").isNull()).isTrue();
        assertThat(longer.at("/rows/3/connections").asInt()).isEqualTo(4);
    }

    @Test
    void shouldAnswerInFullWhereItDoesNotKnowWhatThePageHas() throws JsonProcessingException {
        final int version =
                answer(FIRST, window(1, 2), ServiceAnswers.NONE).path("version").asInt();
        final ServiceQuery other = new ServiceQuery("", ServiceQuery.Order.NAME, 1, 3);

        assertThat(answer(other, window(1, 2), version).path("rows")).noneMatch(JsonNode::isNull);
        assertThat(answer(FIRST, window(1, 2), version).path("rows"))
                .as("that version was answered by another query")
                .noneMatch(JsonNode::isNull);
        assertThat(answer(FIRST, window(1, 2), 12345).path("rows")).noneMatch(JsonNode::isNull);
    }

    @Test
    void shouldForgetTheOldestAnswers() throws JsonProcessingException {
        final int oldest =
                answer(FIRST, window(1), ServiceAnswers.NONE).path("version").asInt();
        for (int i = 0; i < 2 * Dashboard.MAX_STREAMS - 1; i++) {
            answer(FIRST, window(1), ServiceAnswers.NONE);
        }
        final int second = oldest + 1;
        answer(FIRST, window(1), ServiceAnswers.NONE);

        assertThat(answer(FIRST, window(1), oldest).path("rows")).noneMatch(JsonNode::isNull);
        assertThat(answer(FIRST, window(1), second + 1).path("rows")).allMatch(JsonNode::isNull);
    }
}
