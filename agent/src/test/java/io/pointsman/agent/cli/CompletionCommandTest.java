package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    /** Prints the completions of the last argument after the others. */
    private static final String COMPLETE = """
            source "$1"; shift
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
            _complete_pointsman
            printf '%s\\n' "${COMPREPLY[@]}"
            """;

    @TempDir
    private Path folder;

    private Path script() throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(CommandLineInterface.run(
                        new String[] {"completion"}, new PrintStream(out, true, StandardCharsets.UTF_8), System.err))
                .isZero();
        return Files.write(folder.resolve("script"), out.toByteArray());
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void shouldHaveBashCompleteCommandsAndOptions() throws Exception {
        final String script = script().toString();
        assertThat(run(List.of("bash", "-c", COMPLETE, "-", script, "pointsman", "se")))
                .isEqualTo("services\n");
        assertThat(run(List.of("bash", "-c", COMPLETE, "-", script, "pointsman", "plan", "di"))
                        .lines())
                .contains("diff");
        assertThat(run(List.of("bash", "-c", COMPLETE, "-", script, "pointsman", "services", "--so")))
                .contains("--sort");
        assertThat(run(List.of("bash", "-c", "source \"$1\"; complete -p pointsman", "-", script)))
                .contains("_complete_pointsman");
    }

    @Test
    void shouldBeTakenByZsh() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/zsh")) || Files.isExecutable(Path.of("/bin/zsh")), "no zsh here");
        assertThat(run(List.of(
                        "zsh", "-f", "-c", "source $1; print -r -- $_comps[pointsman]", "-", script().toString())))
                .contains("_bash_complete");
    }
}
