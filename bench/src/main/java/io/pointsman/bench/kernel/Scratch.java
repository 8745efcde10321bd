package io.pointsman.bench.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A temporary folder, deleted with its content when closed.
 *
 * @param folder empty at first
 */
public record Scratch(Path folder) implements AutoCloseable {
    /** Creates a new folder. */
    public static Scratch make() throws IOException {
        return new Scratch(Files.createTempDirectory("pointsman-bench"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
