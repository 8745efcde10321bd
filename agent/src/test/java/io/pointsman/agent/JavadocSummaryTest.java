package io.pointsman.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Rule: the first sentence of each Javadoc comment stands alone. Indexes, search results and editors show it without the
 * signature, so it starts with a verb or a noun, not with a word that refers to something next to it.
 */
class JavadocSummaryTest {
    private static final Pattern COMMENT = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);
    private static final Pattern LINE_START = Pattern.compile("\\R\\s*\\*");
    private static final Pattern FIRST_WORD = Pattern.compile("^(\\w+)");
    private static final Pattern REFERENCE = Pattern.compile("^The (same|other|others|rest|one|ones)\\b.*");
    private static final Set<String> DEPENDENT = Set.of(
            ("What One Ones As How Where Of Those It Its Which Who Whose Whom Something Somebody Someone Nobody Nothing"
                            + " Anybody Whoever Also Then That They Them These None Both Same So Or And But With From By In"
                            + " For At On To If When Until Before After Here There Only Not Another Other Others Even Just"
                            + " More Less Too")
                    .split(" "));

    @Test
    void shouldStandAlone() throws IOException {
        final List<Path> sources = SourceFiles.below("src", ".java");
        assertTrue(sources.size() > 500, () -> "too few sources found from here: " + sources.size());

        assertEquals(
                List.of(),
                sources.stream().flatMap(JavadocSummaryTest::dependentSummaries).toList());
    }

    @Test
    void shouldNoticeOneThatDoesNot() {
        assertTrue(isDependent("As the other, for either family."));
        assertTrue(isDependent("The same address as a JDK object."));
        assertFalse(isDependent("{@code null} if there is none"));
        assertFalse(isDependent("Returns the deadline of a slot, in ticks."));
        assertFalse(isDependent("The address, as a JDK object."));
        assertFalse(isDependent("@return the address"));
    }

    private static Stream<String> dependentSummaries(Path file) {
        try {
            final String text = Files.readString(file);
            return COMMENT.matcher(text)
                    .results()
                    .filter(comment -> isDependent(content(comment)))
                    .map(comment -> file + ":" + line(text, comment) + ": " + content(comment));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isDependent(String comment) {
        final Matcher first = FIRST_WORD.matcher(comment);
        return (first.find() && DEPENDENT.contains(first.group(1)))
                || REFERENCE.matcher(comment).matches();
    }

    private static String content(MatchResult comment) {
        return LINE_START.matcher(comment.group(1)).replaceAll(" ").strip().replaceAll("\\s+", " ");
    }

    private static long line(String text, MatchResult comment) {
        return text.substring(0, comment.start()).lines().count();
    }
}
