package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConformanceCasesTest {
    private static final String FILE = """
            {"id": "one", "title": "One", "kind": "%s", "variant": "any", %s "packets": []}""";

    @Test
    void shouldLoadTheKitsOwnCasesWhenNoFolderIsNamed() {
        assertThat(ConformanceCases.load())
                .extracting(ConformanceCase::id)
                .doesNotHaveDuplicates()
                .contains("cluster-ip-basics", "policies-origins-faces");
    }

    @Test
    void shouldReadIdKindAndVariant() {
        final ConformanceCase one = ConformanceCases.parse("one.json", FILE.formatted("endpoint-selection", ""));

        assertThat(one.kind()).isEqualTo(ConformanceCase.Kind.ENDPOINT_SELECTION);
        assertThat(one.variant()).isEqualTo(Variant.ANY);
        assertThat(one).hasToString("one");
    }

    @Test
    void shouldRefuseWhenKindIsUnknown() {
        assertThatThrownBy(() -> ConformanceCases.parse("one.json", FILE.formatted("magic", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("one.json", "\"magic\"", "PACKETS");
    }

    @Test
    void shouldRefuseWhenAFieldIsUnknown() {
        assertThatThrownBy(() -> ConformanceCases.parse("one.json", FILE.formatted("packets", "\"weather\": 1,")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("one.json", "weather");
    }

    @Test
    void shouldRefuseWhenTheFileIsNoJson() {
        assertThatThrownBy(() -> ConformanceCases.parse("one.json", "{"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one.json");
    }
}
