package io.pointsman.agent.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTextTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final List<Object> SCALARS = List.of(
            "web",
            "no",
            "Yes",
            "null",
            "12",
            "1e3",
            "0x1f",
            "2026-01-02",
            "12:30",
            "10.0.0.1:80",
            "",
            " x ",
            "a: b",
            "- a",
            "#",
            "x #y",
            "\u202e\n\u001b[2J",
            "ü",
            "😀",
            "\"",
            "\\",
            "~",
            "&a",
            "*a",
            "!x",
            "%",
            "@",
            "|",
            ">",
            "{}",
            "[]",
            "a/b-c_d.e",
            "y",
            0,
            -7,
            1.5,
            true,
            false);

    @Test
    void shouldWriteBlocks() {
        assertThat(YamlText.of("{\"a\":{\"b\":[1,{\"c\":\"d\",\"e\":[]}],\"f\":{}},\"g\":\"no\"}"))
                .isEqualTo("""
                a:
                  b:
                    - 1
                    - c: d
                      e: []
                  f: {}
                g: "no"
                """);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldMeanToYamlWhatTheJsonMeans(long seed) throws Exception {
        final Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            final Map<String, Object> object = Map.of("root", value(random, 4));
            final String written = JSON.writeValueAsString(object);
            final String yaml = YamlText.of(written);
            assertThat(YAML.readTree(yaml)).as("seed %d: %s", seed, yaml).isEqualTo(JSON.readTree(written));
            assertThat(yaml.codePoints().filter(c -> c != '\n'))
                    .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
        }
    }

    private static Object value(Random random, int depth) {
        final int kind = depth == 0 ? 2 : random.nextInt(4);
        if (kind > 1) {
            return SCALARS.get(random.nextInt(SCALARS.size()));
        }
        final Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            map.put(String.valueOf(SCALARS.get(random.nextInt(SCALARS.size()))), value(random, depth - 1));
        }
        return kind == 0 ? map : new ArrayList<>(map.values());
    }
}
