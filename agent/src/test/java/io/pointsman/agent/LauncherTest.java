package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in a clone as after a build, with a JDK that only prints its arguments. */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", "pointsman");

    @TempDir
    private Path house;

    private record Said(int exitCode, String output, String errors) {}

    @BeforeEach
    void build() throws IOException {
        Files.copy(LAUNCHER, house.resolve("pointsman"));
        copyScripts();
        final Path target = Files.createDirectories(house.resolve("agent/target/lib"))
                .resolve("..")
                .normalize();
        for (String file : List.of("built.stamp", "jvm.options", "pointsman-agent-1.jar", "lib/pointsman-api-1.jar")) {
            Files.createFile(target.resolve(file));
        }
        final Path jdk = Files.createDirectories(house.resolve("jdk/bin"));
        for (String program : List.of("java", "javac")) {
            program(jdk.resolve(program), "printf '%s\\n' \"$@\"");
        }
        Files.writeString(house.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    }

    private void copyScripts() throws IOException {
        Files.createDirectory(house.resolve("scripts"));
        try (Stream<Path> scripts = Files.list(LAUNCHER.resolveSibling("scripts"))) {
            for (Path script : scripts.toList()) {
                Files.copy(script, house.resolve("scripts").resolve(script.getFileName()));
            }
        }
    }

    private static void program(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Said launch(String backends, String... words) throws Exception {
        final ProcessBuilder builder = new ProcessBuilder("bash", "pointsman").directory(house.toFile());
        builder.command().addAll(List.of(words));
        builder.environment().put("JAVA_HOME", house.resolve("jdk").toString());
        builder.environment().put("POINTSMAN_BACKENDS", backends);
        builder.environment().merge("PATH", house.resolve("bin").toString(), (path, own) -> own + ":" + path);
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
    void shouldLeaveTheSampleOutWhereAClusterIsMeant() throws Exception {
        final Said said = launch("", "run", "--kubeconfig", "admin.conf", "--node", "one");

        assertThat(said.output().lines())
                .containsSubsequence("io.pointsman.agent.Main", "run", "--kubeconfig", "admin.conf", "--node", "one")
                .doesNotContain("--config");
    }

    @Test
    void shouldStartWithItsOwnJarsOtherwise() throws Exception {
        final Said said = launch("", "backends");

        assertThat(said.exitCode()).isZero();
        assertThat(said.output().lines()).containsSubsequence("-cp", ownJars(), "io.pointsman.agent.Main", "backends");
    }

    /** Builds with a fake Maven that creates a JAR, and trains with a fake JVM that writes a class cache at its end. */
    private void buildWithCache() throws Exception {
        program(Files.createDirectory(house.resolve("bin")).resolve("mvn"), """
                mkdir -p agent/target/lib
                echo old >agent/target/lib/pointsman-api-1.jar
                """);
        program(house.resolve("jdk/bin/java"), """
                for argument; do
                  printf '%s\\n' "$argument"
                  case $argument in -XX:AOTCacheOutput=*) echo cache >"${argument#*=}"; echo Ctrl-C ;; esac
                done
                """);
        final Said said = launch("", "build");
        assertThat(said.exitCode()).as(said.errors()).isZero();
    }

    private String cache() {
        return house.resolve("agent/target/pointsman.aot").toString();
    }

    @Test
    void shouldStartFromTheClassCacheWhenItsJarsAreStillThose() throws Exception {
        buildWithCache();

        final Said said = launch("", "backends");

        assertThat(said.errors()).isEmpty();
        assertThat(said.output().lines()).contains("-XX:AOTCache=" + cache());
        assertThat(launch("", "lab", "--help").output().lines()).contains("-Dpointsman.agent.cache=" + cache());
    }

    @Test
    void shouldStartWithoutTheClassCacheWhenAJarWasReplaced() throws Exception {
        buildWithCache();
        final Path jar = house.resolve("agent/target/lib/pointsman-api-1.jar");
        final FileTime before = Files.getLastModifiedTime(jar);
        Files.writeString(house.resolve("new.jar"), "new\n"); // same length and time stamp as the old one
        Files.setLastModifiedTime(house.resolve("new.jar"), before);
        Files.move(house.resolve("new.jar"), jar, StandardCopyOption.REPLACE_EXISTING);

        for (String command : List.of("backends", "lab")) {
            final Said said = launch("", command, "--help");

            assertThat(said.exitCode()).isZero();
            assertThat(said.output()).contains("io.pointsman").doesNotContain(cache());
            assertThat(said.errors())
                    .startsWith(
                            "pointsman: the JDK, its flags or the JARs are not those that " + cache() + " was made of")
                    .contains("./pointsman build makes a new one");
        }
    }

    @Test
    void shouldStartFromTheClassCacheAgainWhenTheJarIsBack() throws Exception {
        buildWithCache();
        final Path jar = house.resolve("agent/target/lib/pointsman-api-1.jar");
        Files.delete(jar);
        Files.writeString(jar, "old\n");

        final Said said = launch("", "backends");

        assertThat(said.errors()).isEmpty();
        assertThat(said.output().lines()).contains("-XX:AOTCache=" + cache());
    }

    @Test
    void shouldStartWithoutTheClassCacheWhenTheFlagsOrTheJdkChanged() throws Exception {
        buildWithCache();
        for (String file : List.of("agent/target/jvm.options", "jdk/release")) {
            final String before = Files.readString(house.resolve(file));
            Files.writeString(house.resolve(file), before + "\n# something else\n");

            final Said said = launch("", "backends");

            assertThat(said.output()).as(file).doesNotContain(cache());
            assertThat(said.errors()).as(file).contains("are not those that");
            Files.writeString(house.resolve(file), before);
        }
        assertThat(launch("", "backends").output()).contains(cache());
    }
}
