package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The systemd unit in the archive. */
class UnitTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path UNIT = Path.of("archive", "pointsman.service");
    private static final Path OVERLAYS = Path.of("..", "deploy", "overlays");

    @TempDir
    private Path folder;

    private static Set<String> ofAllDaemonSets() throws IOException {
        final Set<String> names = new TreeSet<>();
        try (Stream<Path> overlays = Files.list(OVERLAYS)) {
            for (Path overlay : overlays.toList()) {
                YAML.readTree(overlay.resolve("capabilities.yaml").toFile())
                        .at("/spec/template/spec/containers/0/securityContext/capabilities/add")
                        .forEach(name -> names.add("CAP_" + name.asText()));
            }
        }
        return names;
    }

    private static String value(String key) throws IOException {
        final List<String> values = Files.readAllLines(UNIT).stream()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .toList();
        assertThat(values).as(key).hasSize(1);
        return values.getFirst();
    }

    @Test
    void shouldHaveTheCapabilitiesOfTheDaemonSetsAndNoOther() throws IOException {
        assertThat(Set.of(value("CapabilityBoundingSet").split(" ", -1)))
                .isNotEmpty()
                .isEqualTo(ofAllDaemonSets());
        assertThat(value("NoNewPrivileges")).isEqualTo("yes");
    }

    @Test
    void shouldBeUnderstoodBySystemd() throws Exception {
        Assumptions.assumeTrue(
                Ended.of(new ProcessBuilder("sh", "-c", "command -v systemd-analyze"))
                                .exitCode()
                        == 0,
                "systemd-analyze is missing");
        final Path program = Files.createDirectory(folder.resolve("bin")).resolve("pointsman");
        Files.createFile(program, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        final Path unit = Files.writeString(
                folder.resolve("pointsman.service"), Files.readString(UNIT).replace("/opt/pointsman/", folder + "/"));

        // without --man=no it asks man for the documentation of each unit that this one refers to
        final String said = Ended.well(
                new ProcessBuilder("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit.toString()));

        assertThat(said).doesNotContain("pointsman");
    }
}
