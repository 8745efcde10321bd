package io.pointsman.testkit.uml;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testkit.uml.UmlResult.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class UmlResultTest {
    @Test
    void shouldReadWhatItWroteWhenTextHasEveryKindOfWhitespace() {
        final UmlResult result = new UmlResult(
                Kind.FAILED,
                List.of("AClassTest", "packets()", "a\\b\tc"),
                "line one\n\tat somewhere\r\n\\n is no line");

        final String line = result.line();

        assertThat(line).endsWith("\n");
        assertThat(line.strip().lines()).hasSize(1);
        assertThat(UmlResult.parse(line.substring(0, line.length() - 1))).contains(result);
    }

    @Test
    void shouldReadNothingWhenALineIsCutShort() {
        assertThat(UmlResult.parse("PASSED\tte")).isEmpty();
        assertThat(UmlResult.parse("")).isEmpty();
        assertThat(UmlResult.parse("UNHEARD\t\tA")).isEmpty();
    }
}
