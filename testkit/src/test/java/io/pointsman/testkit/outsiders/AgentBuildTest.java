package io.pointsman.testkit.outsiders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentBuildTest {
    @TempDir
    private Path folder;

    @Test
    void shouldSayWhatToDoWhenNothingIsBuilt() {
        assertThatThrownBy(() -> AgentBuild.of(folder))
                .isInstanceOf(IOException.class)
                .hasMessage("nothing is built in " + folder + ": run ./pointsman build there");
    }

    @Test
    void shouldStartAsTheLauncherDoes() throws IOException {
        final Path target = folder.resolve("agent/target");
        Files.createDirectories(target.resolve("lib"));
        for (String file : List.of("jvm.options", "pointsman-agent-1.jar", "lib/b.jar", "lib/a.jar", "other.jar")) {
            Files.createFile(target.resolve(file));
        }

        assertThat(AgentBuild.of(folder).command(List.of("-Xmx1m"), "run"))
                .element(0)
                .asString()
                .endsWith("/bin/java");
        assertThat(AgentBuild.of(folder).command(List.of("-Xmx1m"), "run"))
                .endsWith(
                        "@" + target.resolve("jvm.options"),
                        "-Xmx1m",
                        "-cp",
                        target.resolve("pointsman-agent-1.jar") + ":" + target.resolve("lib/a.jar") + ":"
                                + target.resolve("lib/b.jar"),
                        "io.pointsman.agent.Main",
                        "run");
    }

    @Test
    void shouldGiveLimitsAroundTheCommand() {
        final AgentLimits limits =
                AgentLimits.NONE.withHeap(64).withDescriptors(100).withStateOf(4096);

        assertThat(limits.jvmFlags()).containsExactly("-Xmx64m");
        assertThat(limits.around(List.of("java", "run"), "/state"))
                .containsExactly(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=4096,mode=0700 tmpfs \"$0\" && exec \"$@\"",
                        "/state",
                        "sh",
                        "-c",
                        "ulimit -n 100 && exec \"$@\"",
                        "sh",
                        "java",
                        "run");
        assertThat(AgentLimits.NONE.around(List.of("java"), "/state")).containsExactly("java");
    }
}
