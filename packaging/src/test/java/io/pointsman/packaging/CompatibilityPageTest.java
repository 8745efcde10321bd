package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tests and findings that docs/compatibility.md names exist. */
class CompatibilityPageTest {
    private static final Path TOP = Path.of("..");
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)`");
    private static final Pattern FINDING = Pattern.compile("`([\\w-]+\\.sh)`");
    private static final Pattern LINKED = Pattern.compile("\\[([\\w-]+\\.sh)]\\(([\\w-]+\\.sh)\\)");
    private static final int COLUMNS = 4;

    private static String page(String name) throws IOException {
        return Files.readString(TOP.resolve(name));
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names of all test classes, of every module. */
    private static Set<String> tests() throws IOException {
        final Set<String> tests = new TreeSet<>();
        Files.walkFileTree(TOP, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                final String name = String.valueOf(folder.getFileName());
                final boolean isOther = name.equals("target") || (name.startsWith(".") && !folder.equals(TOP));
                return isOther ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                final String name = String.valueOf(file.getFileName());
                if (name.endsWith("Test.java")) {
                    tests.add(name.substring(0, name.length() - ".java".length()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return tests;
    }

    private static Set<String> scripts() throws IOException {
        try (var files = Files.list(TOP.resolve("findings"))) {
            return files.filter(Files::isExecutable)
                    .map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".sh"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void shouldNameTestsAndFindingsThatThereAre() throws IOException {
        final String page = page("docs/compatibility.md");

        assertThat(names(TEST, page)).hasSizeGreaterThan(40).isSubsetOf(tests());
        assertThat(names(FINDING, page)).hasSizeGreaterThan(10).isSubsetOf(scripts());
    }

    /** Each row has all cells: otherwise its source would appear in the wrong column. */
    @Test
    void shouldHaveAsManyCellsInEachRow() throws IOException {
        assertThat(page("docs/compatibility.md").lines().filter(line -> line.startsWith("|")))
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(line.chars().filter(letter -> letter == '|')).hasSize(COLUMNS + 1));
    }

    @Test
    void shouldListEveryFindingInItsOwnPage() throws IOException {
        final String list = page("findings/README.md");

        assertThat(names(LINKED, list)).isEqualTo(scripts());
        assertThat(LINKED.matcher(list).results())
                .allMatch(found -> found.group(1).equals(found.group(2)));
    }
}
