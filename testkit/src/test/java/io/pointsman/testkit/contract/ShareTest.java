package io.pointsman.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShareTest {
    private static final List<String> ALL = List.of("a", "b", "c", "d", "e");

    @Test
    void shouldGiveEachTestToOneShare() {
        assertThat(Share.parse("1/1").take(ALL)).isEqualTo(ALL);
        assertThat(Share.parse("1/2").take(ALL)).containsExactly("a", "c", "e");
        assertThat(Share.parse("2/2").take(ALL)).containsExactly("b", "d");
        assertThat(new Share(2, 3)).hasToString("2/3");
    }

    @Test
    void shouldRefuseWhatIsNoShare() {
        for (String text : List.of("", "1", "0/2", "3/2", "a/b")) {
            assertThatThrownBy(() -> Share.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
