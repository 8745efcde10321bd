package io.pointsman.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Source files of the project's modules, for tests of rules about their text. */
final class SourceFiles {
    private SourceFiles() {}

    /**
     * Lists files of all modules, sorted.
     *
     * @param folder relative to a module, for example {@code src/main}
     * @param suffix of file names, for example {@code .java}
     */
    static List<Path> below(String folder, String suffix) throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            return modules.map(module -> module.resolve(folder))
                    .filter(Files::isDirectory)
                    .flatMap(each -> files(each, suffix))
                    .sorted()
                    .toList();
        }
    }

    private static Stream<Path> files(Path folder, String suffix) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
