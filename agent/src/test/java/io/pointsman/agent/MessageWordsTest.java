package io.pointsman.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Rule: messages, help texts and pages name what acts: "another program", "all clients", "no listener", "is running". They do
 * not contain words such as "somebody", "nobody" or "at work", which leave open who or what is meant.
 */
class MessageWordsTest {
    private static final Pattern RETIRED = Pattern.compile(
            "\\b(somebody|nobody|anybody|everybody|whoever|anew|at\\s+work)\\b", Pattern.CASE_INSENSITIVE);

    /** Matches comments, character literals, text blocks (group 1) and strings (group 2). */
    private static final Pattern TOKEN = Pattern.compile("//[^\\n]*+|/\\*[\\s\\S]*?\\*/|'(?:\\\\.|[^'\\\\])[^']*+'"
            + "|\"\"\"([\\s\\S]*?)\"\"\"|\"([^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+)\"");

    @Test
    void shouldNameWhatActsInStrings() throws IOException {
        final List<Path> sources = SourceFiles.below("src/main", ".java");
        assertTrue(sources.size() > 500, () -> "too few sources found from here: " + sources.size());

        assertEquals(
                List.of(),
                sources.stream()
                        .flatMap(file -> strings(text(file))
                                .filter(MessageWordsTest::isRetired)
                                .map(string -> file + ": " + string))
                        .toList());
    }

    @Test
    void shouldNameWhatActsInResources() throws IOException {
        final List<Path> resources = Stream.of(".js", ".html", ".json")
                .flatMap(suffix -> {
                    try {
                        return SourceFiles.below("src/main/resources", suffix).stream();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
        assertTrue(resources.size() > 50, () -> "too few resources found from here: " + resources.size());

        assertEquals(
                List.of(),
                resources.stream()
                        .flatMap(file -> text(file)
                                .lines()
                                .filter(MessageWordsTest::isRetired)
                                .map(line -> file + ": " + line.strip()))
                        .toList());
    }

    @Test
    void shouldNoticeOneThatDoesNot() {
        assertEquals(
                List.of("nobody listens"),
                strings("""
                        // "somebody" in a comment
                        /* "somebody" in another */
                        char quote = '"';
                        log("a \\"quoted\\" word", "nobody listens");
                        """).filter(MessageWordsTest::isRetired).toList());
        assertTrue(isRetired("an agent is at work"));
        assertTrue(isRetired("Everybody may connect"));
    }

    private static boolean isRetired(String string) {
        return RETIRED.matcher(string).find();
    }

    private static Stream<String> strings(String source) {
        final List<String> strings = new ArrayList<>();
        final Matcher token = TOKEN.matcher(source);
        while (token.find()) {
            if (token.group(1) != null) {
                strings.add(token.group(1).strip());
            } else if (token.group(2) != null) {
                strings.add(token.group(2));
            }
        }
        return strings.stream();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
