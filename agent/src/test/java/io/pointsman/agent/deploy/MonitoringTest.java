package io.pointsman.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pointsman.agent.status.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The alerts and the dashboard of {@code deploy/monitoring}. {@code MetricsPageTest} compares the
 * documents with /metrics.
 */
public class MonitoringTest {
    private static final Path ALERTS =
            Manifests.FOLDER.resolve("monitoring").resolve("alerts.yaml").normalize();
    private static final Path DASHBOARD =
            Manifests.FOLDER.resolve("monitoring").resolve("dashboard.json").normalize();
    private static final Pattern METRIC = Pattern.compile("\\b(?:kubeproxy|pointsman|process|rest)_[a-z_]+");
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z_]+)` \\|", Pattern.MULTILINE);

    @TempDir
    private Path folder;

    private static Set<String> metrics(List<String> expressions) {
        final Set<String> names = new TreeSet<>();
        for (String expression : expressions) {
            final Matcher matcher = METRIC.matcher(expression);
            while (matcher.find()) {
                names.add(matcher.group().replaceFirst("_(bucket|count|sum)$", ""));
            }
        }
        return names;
    }

    /** Returns the metrics that the alerts use. */
    public static Set<String> metricsOfAlerts() throws IOException {
        final List<String> expressions = new ArrayList<>();
        for (JsonNode group : new YAMLMapper().readTree(ALERTS.toFile()).required("groups")) {
            group.required("rules")
                    .forEach(rule -> expressions.add(rule.required("expr").asText()));
        }
        return metrics(expressions);
    }

    private static List<JsonNode> panels() throws IOException {
        final List<JsonNode> panels = new ArrayList<>();
        new ObjectMapper().readTree(DASHBOARD.toFile()).required("panels").forEach(panels::add);
        return panels;
    }

    private static Set<String> documented() throws IOException {
        final Set<String> names = new HashSet<>();
        final Matcher matcher = ROW.matcher(Files.readString(Path.of("..", "docs", "operations.md")));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    @Test
    void shouldAskForNothingThatIsNotAtMetrics() throws IOException {
        final List<String> expressions = new ArrayList<>();
        for (JsonNode panel : panels()) {
            panel.required("targets")
                    .forEach(target -> expressions.add(target.required("expr").asText()));
        }
        assertThat(metrics(expressions)).hasSizeGreaterThan(10).isSubsetOf(documented());
        assertThat(metricsOfAlerts()).hasSizeGreaterThan(8).isSubsetOf(documented());
    }

    @Test
    void shouldHaveEachPanelInAPlaceOfItsOwn() throws IOException {
        final Set<String> places = new HashSet<>();
        final Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : panels()) {
            assertThat(places.add(panel.required("gridPos").toString()))
                    .as(panel.required("title").asText())
                    .isTrue();
            assertThat(ids.add(panel.required("id").asInt())).isTrue();
        }
    }

    @Test
    void shouldBeRulesThatPrometheusTakes() throws IOException {
        Promtool.checkRules(ALERTS.toString());
    }

    /** Each alert fires for made-up series when it should, and not before. */
    @Test
    void shouldAlertWhenItShould() throws IOException {
        final Path cases = folder.resolve("cases.yaml");
        Files.copy(Path.of("src", "test", "resources", "monitoring", "alerts-cases.yaml"), cases);
        Files.copy(ALERTS, folder.resolve("alerts.yaml"));
        Promtool.testRules(cases.toString());
    }
}
