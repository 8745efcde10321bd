package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image of {@code ./pointsman image} on an empty base, as any other needs a registry. */
class ImageTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final String HOME = "/opt/pointsman";

    /** {@code project.build.outputTimestamp}. */
    private static final String BUILT_AT = "2026-01-01T00:00:00Z";

    @TempDir
    private static Path folder;

    private static BuiltHouse house;
    private static ImageTar image;

    @BeforeAll
    static void build() throws Exception {
        house = BuiltHouse.in(Files.createDirectory(folder.resolve("house")));
        Ended.well(house.launcher("image", "-Dimage.base=scratch"));
        image = ImageTar.unpack(tar(house), folder.resolve("image"));
    }

    private static Path tar(BuiltHouse of) {
        return of.target().resolve("pointsman-image.tar");
    }

    private static List<String> texts(JsonNode list) {
        final List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    @Test
    void shouldHaveTheNameThatTheDaemonSetAsksFor() throws IOException {
        final JsonNode named = YAML.readTree(
                        DEPLOY.resolve("base/kustomization.yaml").toFile())
                .path("images")
                .path(0);
        final JsonNode container =
                YAML.readTree(DEPLOY.resolve("base/daemon-set.yaml").toFile()).at("/spec/template/spec/containers/0");

        assertThat(named.path("name").asText())
                .isEqualTo(container.path("image").asText());
        assertThat(image.tag())
                .isEqualTo(named.path("newName").asText() + ":"
                        + named.path("newTag").asText());
    }

    @Test
    void shouldStartTheAgentAsRootWithTheFlagsOfTheLauncher() {
        final JsonNode config = image.config().path("config");

        assertThat(texts(config.path("Entrypoint")))
                .containsExactly(
                        "java", "@" + HOME + "/jvm.options", "-cp", HOME + "/lib/*", "io.pointsman.agent.Main");
        assertThat(texts(config.path("Cmd"))).containsExactly("--help");
        assertThat(config.path("User").asText()).isEqualTo("0");
        assertThat(config.path("ExposedPorts").fieldNames()).toIterable().containsExactly("10256/tcp");
        assertThat(config.at("/Labels/org.opencontainers.image.title").asText()).isEqualTo("pointsman");
        assertThat(config.at("/Labels/org.opencontainers.image.base.name").asText())
                .isEqualTo("scratch");
        assertThat(image.config().path("os").asText()).isEqualTo("linux");
        assertThat(image.config().path("architecture").asText()).isEqualTo("amd64");
    }

    @Test
    void shouldHoldTheAgentItsLibrariesAndItsFlagsAndNothingElse() throws Exception {
        final Path home = image.extract(folder.resolve("whole")).resolve("opt/pointsman");

        final Map<String, Path> expected = new TreeMap<>();
        house.jars().forEach(jar -> expected.put("lib/" + jar.getFileName(), jar));
        expected.put("jvm.options", house.target().resolve("jvm.options"));
        try (Stream<Path> files = Files.walk(folder.resolve("whole"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> home.relativize(file).toString())
                            .filter(name -> !name.startsWith("jib-"))) // Jib's own files, which the agent does not read
                    .containsExactlyInAnyOrderElementsOf(expected.keySet())
                    .anyMatch(name -> name.startsWith("lib/pointsman-spi-iptables-"))
                    .anyMatch(name -> name.startsWith("lib/netty-transport-native-epoll-"));
        }
        for (Map.Entry<String, Path> file : expected.entrySet()) {
            assertThat(Files.mismatch(home.resolve(file.getKey()), file.getValue()))
                    .as(file.getKey())
                    .isEqualTo(-1);
        }
        assertThat(home.resolve("jvm.options")).content().contains("--enable-native-access=ALL-UNNAMED");
    }

    @Test
    void shouldTellNothingOfWhereByWhomAndWhenItWasBuilt() throws Exception {
        assertThat(image.config().path("created").asText()).isEqualTo(BUILT_AT);
        assertThat(image.config().toString())
                .doesNotContain(folder.toString(), System.getProperty("user.home"), System.getProperty("java.home"));
        for (Path layer : image.layers()) {
            assertThat(ImageTar.list(layer)).isNotEmpty().allSatisfy(line -> assertThat(line)
                    .matches("[d-]rw[x-]r-[x-]r-[x-] 0/0 +\\d+ 1970-01-01 00:00:0[01] opt/.*"));
        }
    }

    @Test
    void shouldBeTheSameAgainOnAnotherBaseThatTheEnvironmentNames() throws Exception {
        final BuiltHouse other = BuiltHouse.in(Files.createDirectory(folder.resolve("other")));
        final ProcessBuilder launcher = other.launcher("image", "-Dimage.name=registry.example.com/mine:1");
        launcher.environment().put("POINTSMAN_IMAGE_BASE", "tar://" + tar(house));

        Ended.well(launcher);

        final ImageTar second = ImageTar.unpack(tar(other), folder.resolve("second"));
        assertThat(second.tag()).isEqualTo("registry.example.com/mine:1");
        final List<String> twice = new ArrayList<>(image.diffIds());
        twice.addAll(image.diffIds());
        assertThat(second.diffIds()).containsExactlyElementsOf(twice);
    }

    @Test
    void shouldRunFromItsLayersOnAJavaOfTheBase() throws Exception {
        final Path root = image.extract(folder.resolve("root"));
        final List<String> command = new ArrayList<>(
                List.of("env", "-i", "PATH=" + System.getProperty("java.home") + "/bin:/usr/sbin:/usr/bin"));
        texts(image.config().at("/config/Entrypoint")).forEach(word -> command.add(word.replace(HOME, root + HOME)));
        command.add("backends");

        assertThat(Ended.well(new ProcessBuilder(command)))
                .contains("\nuserspace ", "\niptables ", "\nnftables ", "\nipvs ")
                .doesNotContain("not loaded");
    }
}
