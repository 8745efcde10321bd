package io.pointsman.testkit.uml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Runs one program inside User Mode Linux, as root, on the machine's own files. Its writes are discarded at the end, except
 * in a shared folder. Removing that folder ends the program.
 *
 * @param shared an empty folder; the program's output goes to the files {@code output} and {@code errors} in it
 * @param modules kernel modules to load first
 * @param limit time after which the kernel is killed
 */
public record UmlProgram(Path shared, List<String> modules, Duration limit) {
    private static final String ALIVE = "alive";
    private static final String DONE = "done";
    private static final int CONSOLE_CHARACTERS = 4000;

    public UmlProgram {
        modules = List.copyOf(modules);
    }

    /** Returns why there is no User Mode Linux on this machine; empty if there is. */
    public static Optional<String> unavailable() {
        return UmlKernel.find().isPresent()
                ? Optional.empty()
                : Optional.of("no User Mode Linux here: apt install user-mode-linux kmod");
    }

    /** Returns the file with its standard output. */
    public Path output() {
        return shared.resolve("output");
    }

    /** Returns the file with its standard error. */
    public Path errors() {
        return shared.resolve("errors");
    }

    /**
     * Boots, runs a program and waits for its end.
     *
     * @throws IOException with the kernel's console output, if the program did not reach its end
     */
    public void run(List<String> command) throws IOException, InterruptedException {
        final UmlKernel kernel =
                UmlKernel.find().orElseThrow(() -> new IOException(unavailable().orElse("")));
        Files.createFile(shared.resolve(ALIVE));
        final Path script = shared.resolve("program.sh");
        Files.writeString(script, script(command), StandardCharsets.UTF_8);
        final UmlMachine machine = new UmlMachine(kernel, shared, modules);
        final UmlMachine.End end = machine.run("sh " + quoted(script.toString()), limit);
        if (!Files.exists(shared.resolve(DONE))) {
            throw new IOException(switch (end) {
                        case DONE -> "User Mode Linux ended before its program";
                        case TIME_LIMIT -> "User Mode Linux was killed after " + limit.toSeconds() + " s";
                    }
                    + "; its console: " + console(machine));
        }
    }

    private String script(List<String> command) {
        return """
                (while [ -e @ALIVE@ ]; do sleep 1; done; echo o >/proc/sysrq-trigger) &
                @COMMAND@ >@OUTPUT@ 2>@ERRORS@ </dev/null
                touch @DONE@
                """.replace("@ALIVE@", quoted(shared.resolve(ALIVE).toString()))
                .replace("@OUTPUT@", quoted(output().toString()))
                .replace("@ERRORS@", quoted(errors().toString()))
                .replace("@DONE@", quoted(shared.resolve(DONE).toString()))
                .replace("@COMMAND@", command.stream().map(UmlProgram::quoted).collect(Collectors.joining(" ")));
    }

    /** Quotes any text as one word of the shell. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static String console(UmlMachine machine) throws IOException {
        final String text =
                Files.exists(machine.console()) ? Files.readString(machine.console(), StandardCharsets.ISO_8859_1) : "";
        return text.substring(Math.max(0, text.length() - CONSOLE_CHARACTERS));
    }
}
