package io.pointsman.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuotedTest {
    @Test
    void shouldLeaveOrdinaryTextAsItIs() {
        final String text = "Service default/straße-中文 \"a\\b\": 10.0.0.1 – “fine”, 🚂";

        assertThat(Quoted.line(text)).isSameAs(text);
    }

    @Test
    void shouldReplaceWhatEndsALineOrSteersATerminal() {
        assertThat(Quoted.line("a\nb\rc\td")).isEqualTo("a\\nb\\rc\\td");
        assertThat(Quoted.line("\u001b[31mred\u009b2J\u0000\u0007\u007f"))
                .isEqualTo("\\u001b[31mred\\u009b2J\\u0000\\u0007\\u007f");
        assertThat(Quoted.line("\u0085\u2028\u2029\u202e\u2066\u061c\u200f\ufeff"))
                .isEqualTo("\\u0085\\u2028\\u2029\\u202e\\u2066\\u061c\\u200f\\ufeff");
    }

    @Test
    void shouldIndentEachFurtherLine() {
        assertThat(Quoted.lines("no backend can run here:\n  a: \u001b[2J\nINFO forged"))
                .isEqualTo("no backend can run here:\n  a: \\u001b[2J\n  INFO forged");
    }

    @Test
    void shouldBeginEachOfSeveralLinesByItself() {
        assertThat(new Lines(List.of("a: 1", "b: x\ny"))).hasToString("\n  a: 1\n  b: x\\ny");
    }

    @Test
    void shouldShowAStackTraceWithItsMessagesQuoted() {
        final Exception cause = new IllegalStateException("inner\n\tat forged.Frame");
        final Exception thrown = new RuntimeException("outer\u001b[2J", cause);
        cause.addSuppressed(new IllegalArgumentException("third\r"));

        assertThat(StackTrace.of(thrown).lines())
                .contains(
                        "java.lang.RuntimeException: outer\\u001b[2J",
                        "Caused by: java.lang.IllegalStateException: inner\\n\\tat forged.Frame",
                        "\tSuppressed: java.lang.IllegalArgumentException: third\\r")
                .anyMatch(line -> line.startsWith("\tat io.pointsman.agent.log.QuotedTest."));
    }

    @Test
    void shouldEndWhenCausesGoInACircle() {
        final Exception one = new IllegalStateException("one");
        final Exception two = new IllegalStateException("two", one);
        one.initCause(two);

        assertThat(StackTrace.of(one)).contains("one", "two");
    }
}
