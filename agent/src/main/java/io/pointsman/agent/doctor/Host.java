package io.pointsman.agent.doctor;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Read-only access to a host. */
final class Host {
    private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

    private final Programs programs = Programs.ofNobody();

    /** Whether this process may read packet filters and interfaces. */
    boolean mayAskNetwork() throws IOException {
        return ProcessCapabilities.current().has(Capability.NET_ADMIN);
    }

    /** Returns a file's text; empty if there is none, or it may not be read. */
    Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(Path.of(path)).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** Finds a program, in administrators' folders too, as a user's PATH often lacks them. */
    Optional<Path> program(String name) {
        final String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(":", -1)), SYSTEM_FOLDERS.stream())
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Runs a program that changes nothing. */
    ProgramResult run(Path program, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = program.toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return programs.run(command);
    }
}
