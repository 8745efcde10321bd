package io.pointsman.testkit.uml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * User Mode Linux as this machine has it.
 *
 * @param program to boot
 * @param modules folder of its kernel modules, named by the kernel's version
 */
record UmlKernel(Path program, Path modules) {
    /** Where Debian's package user-mode-linux puts them. */
    private static final Path MODULES = Path.of("/usr/lib/uml/modules");

    private static final List<String> PROGRAMS = List.of("linux.uml", "linux");

    /** Empty when there is none. */
    static Optional<UmlKernel> find() {
        return findProgram().flatMap(program -> findModules().map(modules -> new UmlKernel(program, modules)));
    }

    private static Optional<Path> findProgram() {
        final String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin");
        for (String folder : path.split(":", -1)) {
            for (String name : PROGRAMS) {
                final Path program = Path.of(folder, name);
                if (Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> findModules() {
        try (Stream<Path> versions = Files.list(MODULES)) {
            return versions.filter(Files::isDirectory).sorted().reduce((_, last) -> last);
        } catch (IOException _) {
            return Optional.empty(); // not installed
        }
    }
}
