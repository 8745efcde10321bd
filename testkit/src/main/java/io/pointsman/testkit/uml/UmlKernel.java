package io.pointsman.testkit.uml;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * User Mode Linux, as installed on this machine.
 *
 * @param program the kernel's executable
 * @param modules folder of its kernel modules, named by the kernel's version
 */
record UmlKernel(Path program, Path modules) {
    /** Folder of modules in Debian's package user-mode-linux. */
    private static final Path MODULES = Path.of("/usr/lib/uml/modules");

    private static final Pattern VERSION = Pattern.compile("[0-9][0-9A-Za-z.+~_-]*");

    private static final List<String> PROGRAMS = List.of("linux.uml", "linux");

    /** Finds the kernel; empty if there is none, or none with modules. */
    static Optional<UmlKernel> find() {
        return findProgram().flatMap(program -> findModules(program).map(modules -> new UmlKernel(program, modules)));
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

    /** Finds the modules. There may be some of several kernels: the program reports its version. */
    private static Optional<Path> findModules(Path program) {
        try {
            final ProgramResult asked = Programs.ofNobody().run(program.toString(), "--version");
            return Optional.of(asked.output().strip())
                    .filter(version ->
                            asked.isSuccess() && VERSION.matcher(version).matches())
                    .map(MODULES::resolve)
                    .filter(Files::isDirectory);
        } catch (IOException _) {
            return Optional.empty(); // not a program for this machine
        }
    }
}
