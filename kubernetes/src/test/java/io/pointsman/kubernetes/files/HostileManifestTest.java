package io.pointsman.kubernetes.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that hostile manifests neither hang the reader nor fill the heap. A failure would take hours, far above the time
 * limit.
 */
class HostileManifestTest {
    private static final Duration MUCH_TOO_LONG = Duration.ofSeconds(60);
    private static final int MIB = 1 << 20;

    static Stream<Arguments> bombs() {
        return Stream.of(
                Arguments.of("billion laughs", billionLaughs(), "anchors and aliases"),
                Arguments.of("quadratic aliases", quadraticAliases(), "anchors and aliases"),
                Arguments.of("flow nesting", "a: " + "[\n".repeat(4 * MIB), "inside one another"),
                Arguments.of("mapping nesting", "{a: \n".repeat(2 * MIB), "inside one another"),
                Arguments.of("block nesting", "a:\n- " + "- ".repeat(MIB), "inside one another"),
                Arguments.of("complex keys", "? ".repeat(MIB), "inside one another"),
                Arguments.of("endless line", "a: " + "x".repeat(8 * MIB), "line is longer"),
                Arguments.of("endless comment", "# " + "x".repeat(8 * MIB), "line is longer"),
                Arguments.of("many values", "a: [" + "1,\n".repeat(MIB) + "]", "values; split the file"),
                Arguments.of("many directives", "%TAG !a! tag:a\n".repeat(MIB), "lines that start with %"),
                Arguments.of("many anchors", anchors(), "anchors and aliases"),
                Arguments.of("endless key", "a: 1\n" + "x".repeat(MIB) + ": 1", "not YAML"));
    }

    private static String billionLaughs() {
        return "a0: &a0 [lol]\n"
                + IntStream.range(1, 40)
                        .mapToObj(i -> "a%d: &a%d [%s]\n"
                                .formatted(
                                        i,
                                        i,
                                        IntStream.range(0, 10)
                                                .mapToObj(_ -> "*a" + (i - 1))
                                                .collect(Collectors.joining(","))))
                        .collect(Collectors.joining());
    }

    private static String quadraticAliases() {
        return "kind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: &p ["
                + IntStream.rangeClosed(1, 20_000)
                        .mapToObj(port -> "{name: p" + port + ",\nport: " + port + "}")
                        .collect(Collectors.joining(","))
                + "]}}\n"
                + IntStream.range(0, 100_000)
                        .mapToObj(i ->
                                "- {apiVersion: v1, kind: Service, metadata: {name: a" + i + "}, spec: {ports: *p}}\n")
                        .collect(Collectors.joining());
    }

    private static String anchors() {
        return "a:\n"
                + IntStream.range(0, 200_000).mapToObj(i -> "- &a" + i + " x\n").collect(Collectors.joining());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bombs")
    void shouldRefuseTheFileAndSayWhy(String name, String text, String reason) {
        Assertions.assertTimeoutPreemptively(
                MUCH_TOO_LONG, () -> assertThatThrownBy(() -> ManifestParserTest.parse(text))
                        .as(name)
                        .isInstanceOfSatisfying(
                                UnreadableException.class,
                                e -> assertThat(e.line()).as("line").isPositive())
                        .hasMessageContaining(reason));
    }

    @Test
    void shouldRefuseDeepJsonAndLongNumbers() {
        assertThatThrownBy(() -> ManifestParserTest.parse("a.json", "[".repeat(MIB)))
                .isInstanceOf(UnreadableException.class);
        assertThatThrownBy(() -> ManifestParserTest.parse("a.json", "{\"a\":".repeat(MIB)))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("inside one another");
        assertThatThrownBy(() -> ManifestParserTest.parse("a.json", "{\"a\":" + "1".repeat(MIB) + "}"))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("not JSON");
    }

    @Test
    void shouldSkipEndlessStretchesOfNothing() throws UnreadableException {
        assertThat(ManifestParserTest.parse("\n".repeat(2 * MIB))).isEqualTo(Manifest.EMPTY);
        assertThat(ManifestParserTest.parse("# comment\n".repeat(MIB / 4))).isEqualTo(Manifest.EMPTY);
        assertThat(ManifestParserTest.parse("---\n".repeat(MIB / 8))).isEqualTo(Manifest.EMPTY);
    }

    @Test
    void shouldTakeALongScalarOfManyLines() throws UnreadableException {
        final String text = "apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n  annotations:\n    a: |\n"
                + "      0123456789\n".repeat(MIB / 8);

        assertThat(ManifestParserTest.parse(text).objects()).hasSize(1);
    }

    @Test
    void shouldReportOnlyTheFirstOfCountlessProblems() throws UnreadableException {
        final Manifest manifest =
                ManifestParserTest.parse("kind: List\nitems:\n" + "- {kind: Service, apiVersion: v1}\n".repeat(10_000));

        assertThat(manifest.refusedUnnamed()).isTrue();
        assertThat(manifest.problems()).hasSize(101);
        assertThat(manifest.problems().getLast()).hasToString("a.yaml: 9900 more objects are refused");
    }

    @Test
    void shouldRefuseAFileOfMoreObjectsThanAllowed() {
        final ManifestLimits limits = new ManifestLimits(MIB, 10, 100, 1000, 1000);
        final String text = IntStream.range(0, 11)
                .mapToObj(i -> "---\napiVersion: v1\nkind: Node\nmetadata: {name: n" + i + "}\n")
                .collect(Collectors.joining());

        assertThatThrownBy(() -> ManifestParser.parse("a.yaml", text.getBytes(UTF_8), limits))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("more than 10 objects");
    }

    @Test
    void shouldLoadTenThousandServicesWithTheirEndpoints() throws UnreadableException {
        final String text = IntStream.range(0, 10_000)
                .mapToObj(HostileManifestTest::service)
                .collect(Collectors.joining());

        final Manifest manifest = ManifestParserTest.parse(text);

        assertThat(manifest.problems()).isEmpty();
        assertThat(manifest.objects()).hasSize(20_000);
    }

    private static String service(int i) {
        return """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: s%1$d, namespace: load}
                spec:
                  clusterIP: 10.96.%2$d.%3$d
                  ports:
                  - {name: http, port: 80, protocol: TCP}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: s%1$d-1, namespace: load, labels: {kubernetes.io/service-name: s%1$d}}
                addressType: IPv4
                endpoints:
                - addresses: [10.128.%2$d.%3$d]
                - addresses: [10.129.%2$d.%3$d]
                - addresses: [10.130.%2$d.%3$d]
                ports:
                - {name: http, port: 8080}
                """.formatted(i, i / 250, i % 250 + 1);
    }
}
