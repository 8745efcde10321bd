package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in a house that is built already and with a JDK that only says what it was started with. */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", "pointsman");

    @TempDir
    private Path house;

    private record Said(int exitCode, String output, String errors) {}

    @BeforeEach
    void build() throws IOException {
        Files.copy(LAUNCHER, house.resolve("pointsman"));
        final Path target = Files.createDirectories(house.resolve("agent/target/lib"))
                .resolve("..")
                .normalize();
        for (String file : List.of("built.stamp", "jvm.options", "pointsman-agent-1.jar", "lib/pointsman-api-1.jar")) {
            Files.createFile(target.resolve(file));
        }
        final Path jdk = Files.createDirectories(house.resolve("jdk/bin"));
        for (String program : List.of("java", "javac")) {
            Files.writeString(jdk.resolve(program), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
            Files.setPosixFilePermissions(jdk.resolve(program), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.writeString(house.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    }

    private Said launch(String backends, String... words) throws Exception {
        final ProcessBuilder builder = new ProcessBuilder("bash", "pointsman").directory(house.toFile());
        builder.command().addAll(List.of(words));
        builder.environment().put("JAVA_HOME", house.resolve("jdk").toString());
        builder.environment().put("POINTSMAN_BACKENDS", backends);
        final Path errors = house.resolve("errors");
        final Process process = builder.redirectError(errors.toFile()).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Said(process.exitValue(), output, Files.readString(errors));
    }

    private String ownJars() {
        final Path target = house.resolve("agent/target");
        return target.resolve("pointsman-agent-1.jar") + ":" + target.resolve("lib/pointsman-api-1.jar");
    }

    @Test
    void shouldPutBackendsOfTheUsersBehindItsOwnJars() throws Exception {
        Files.createFile(house.resolve("mine.jar"));
        Files.createDirectory(house.resolve("more"));

        final Said said = launch("mine.jar:more/*", "cleanup", "--mode", "mine");

        assertThat(said.errors()).isEmpty();
        assertThat(said.output().lines())
                .containsSubsequence(
                        "-cp", ownJars() + ":mine.jar:more/*", "io.pointsman.agent.Main", "cleanup", "--mode", "mine");
    }

    @Test
    void shouldSayWhichBackendOfTheUsersIsMissing() throws Exception {
        Files.createFile(house.resolve("mine.jar"));

        final Said said = launch("mine.jar:my-other.jar", "backends");

        assertThat(said).isEqualTo(new Said(1, "", "pointsman: POINTSMAN_BACKENDS: there is no \"my-other.jar\"\n"));
    }

    @Test
    void shouldStartWithItsOwnJarsOtherwise() throws Exception {
        final Said said = launch("", "backends");

        assertThat(said.exitCode()).isZero();
        assertThat(said.output().lines()).containsSubsequence("-cp", ownJars(), "io.pointsman.agent.Main", "backends");
    }
}
