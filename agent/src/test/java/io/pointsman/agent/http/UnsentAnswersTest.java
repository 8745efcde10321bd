package io.pointsman.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnsentAnswersTest {
    private static final int LIMIT = 8000;

    private final List<String> evicted = new ArrayList<>();
    private final UnsentAnswers answers = new UnsentAnswers(LIMIT);

    /** A connection that records its end. */
    private final class Connection implements Room.Guest {
        private final String name;

        Connection(String name) {
            this.name = name;
        }

        @Override
        public Object listener() {
            return answers;
        }

        @Override
        public Object client() {
            return name;
        }

        @Override
        public boolean isIdle() {
            return false;
        }

        @Override
        public void evict() {
            evicted.add(name);
        }
    }

    @Test
    void shouldCloseTheOldestWhenAnswersExceedTheLimit() {
        answers.begin(new Connection("first"), 3000);
        answers.begin(new Connection("second"), 3000);
        answers.begin(new Connection("third"), 3000);

        assertThat(evicted).containsExactly("first");
    }

    @Test
    void shouldSendTheLargestAnswerToTwoClientsAtOnce() {
        answers.begin(new Connection("one scraper"), LIMIT + 1);
        answers.begin(new Connection("its twin"), LIMIT + 1);

        assertThat(evicted).isEmpty();

        answers.begin(new Connection("a third"), LIMIT + 1);

        assertThat(evicted).containsExactly("one scraper");
    }

    @Test
    void shouldHaveRoomAgainWhenAnAnswerIsSent() {
        final Connection sent = new Connection("sent");
        answers.begin(sent, LIMIT);
        answers.end(sent);
        answers.begin(new Connection("next"), LIMIT);

        assertThat(evicted).isEmpty();
    }
}
