package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.look.FlowFilter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlowFeedTest {
    private static final FlowFilter ALL = FlowFilter.parse(Map.of());

    private final Stage stage = new Stage(Stage.plain(2));
    private final FlowFeed feed = new FlowFeed(stage.backend::watchFlows);

    FlowFeedTest() throws Exception {}

    @AfterEach
    void close() {
        feed.close();
        stage.close();
    }

    private void come(int count, int service) throws InterruptedException {
        final long wanted = feed.position() + count;
        for (int i = 0; i < count; i++) {
            stage.backend.changes.put(stage.begun(service, 10_000 + i));
        }
        while (feed.position() < wanted) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static List<Integer> ports(FlowFeed.Batch batch) {
        return batch.changes().stream()
                .map(change -> change.flow().original().sourcePort())
                .toList();
    }

    @Test
    void shouldShowTheLastOnesAndCountThoseBefore() throws Exception {
        feed.enter();
        come(10, 0);

        final FlowFeed.Batch batch = feed.since(2, ALL, 3);

        assertThat(ports(batch)).containsExactly(10_007, 10_008, 10_009);
        assertThat(batch.leftOut()).isEqualTo(5);
        assertThat(batch.position()).isEqualTo(10);
        assertThat(feed.since(batch.position(), ALL, 3).changes()).isEmpty();
        assertThat(feed.since(99, ALL, 3).leftOut())
                .as("a position that never was")
                .isZero();
    }

    @Test
    void shouldCountThoseThatItKeptNoLonger() throws Exception {
        feed.enter();
        come(2000, 0);

        final FlowFeed.Batch batch = feed.since(0, ALL, 5000);

        assertThat(batch.changes()).hasSize(1024);
        assertThat(batch.leftOut()).isEqualTo(2000 - 1024);
    }

    @Test
    void shouldLeaveOutOthersWithoutCountingThem() throws Exception {
        feed.enter();
        come(5, 0);
        come(5, 1);

        final FlowFeed.Batch batch = feed.since(
                0, FlowFilter.parse(Map.of("service", stage.port(1).service().toString())), 100);

        assertThat(batch.changes())
                .hasSize(5)
                .allMatch(change -> change.flow().owner().equals(Optional.of(stage.port(1))));
        assertThat(batch.leftOut()).isZero();
    }

    @Test
    void shouldWatchOnlyWhileSomebodyLooks() throws Exception {
        assertThat(stage.backend.watches).hasValue(0);
        feed.enter();
        come(1, 0);
        assertThat(stage.backend.watches).hasValue(1);
        feed.enter();
        come(1, 0);
        assertThat(stage.backend.watches).as("one watch for all").hasValue(1);
        feed.leave();
        feed.leave();
        while (stage.backend.watches.get() > 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        feed.enter();
        come(1, 0);
        assertThat(feed.since(2, ALL, 10).changes()).hasSize(1);
    }
}
