package io.pointsman.agent.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonLineTest {
    private static final List<String> WORDS = List.of(
            "",
            "web",
            "a\"b\\c",
            "é",
            "\u202e",
            "\n\r\t\b\f\u0001\u007f\u0085\u2028",
            "😀",
            "\ud800",
            "</script>",
            "~ ");

    @Test
    void shouldWriteWhatTheOtherWriterDoes() {
        final Random random = new Random(1);
        final JsonLine line = new JsonLine();
        for (int round = 0; round < 1000; round++) {
            final String text = WORDS.get(random.nextInt(WORDS.size())) + WORDS.get(random.nextInt(WORDS.size()));
            final long number = random.nextLong() >> random.nextInt(Long.SIZE);
            final IpAddress address = random.nextBoolean()
                    ? IpAddress.ofIpv4(random.nextInt())
                    : IpAddress.ofIpv6(random.nextLong(), random.nextInt(3));
            line.begin()
                    .text("text", text)
                    .begin("inside")
                    .end()
                    .begin("more")
                    .number("number", number)
                    .address("address", address)
                    .end()
                    .number("last", Long.MIN_VALUE)
                    .end();
            final String expected = Json.object(json -> {
                json.writeStringField("text", text);
                json.writeObjectFieldStart("inside");
                json.writeEndObject();
                json.writeObjectFieldStart("more");
                json.writeNumberField("number", number);
                json.writeStringField("address", address.toString());
                json.writeEndObject();
                json.writeNumberField("last", Long.MIN_VALUE);
            });
            assertThat(Arrays.copyOf(line.bytes(), line.length())).isEqualTo(expected.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldGrowWithALongLine() {
        final String much = "x".repeat(100_000);
        final JsonLine line = new JsonLine().begin().text("text", much).end();
        assertThat(line.toString()).isEqualTo("{\"text\":\"" + much + "\"}");
        assertThat(line.begin().end().toString()).isEqualTo("{}");
    }
}
