package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Severity;
import io.pointsman.spi.ServiceFigures;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in a real browser, with 10,000 Services, some of which have names that look like markup or code. */
@Timeout(300)
class DashboardBrowserTest {
    private static final int SERVICES = 10_000;
    private static final List<String> HOSTILE = List.of(
            "<img src=x onerror=\"window.owned=1\">",
            "\"><script>window.owned=1</script>",
            "</script><svg onload=window.owned=1>",
            "javascript:window.owned=1",
            "${window.owned=1}{{window.owned=1}}",
            "&lt;b&gt;bold&lt;/b&gt;",
            "?a=b#/flows");
    private static final String MARKUP = "document.querySelectorAll('main img, main script, main iframe, main b,"
            + " main object, main style, main [onerror], main [onload], main a[href^=javascript]').length";

    private static @Nullable Stage stage;
    private static @Nullable Browser browser;

    @BeforeAll
    static void open() throws IOException {
        final Optional<String> whyNot = Browser.whyNot();
        assumeTrue(whyNot.isEmpty(), () -> whyNot.orElse(""));
        final List<ObjectName> names = new ArrayList<>(Stage.plain(SERVICES));
        HOSTILE.forEach(name -> names.add(new ObjectName("default", name)));
        stage = new Stage(names);
        browser = Browser.start();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
        if (stage != null) {
            stage.close();
        }
    }

    private static Stage stage() {
        return Objects.requireNonNull(stage);
    }

    private static Browser browser() {
        return Objects.requireNonNull(browser);
    }

    static List<String> hostile() {
        return HOSTILE;
    }

    @BeforeEach
    void calm() throws IOException {
        stage().problems.clear();
        stage().backend.refusal = Optional.empty();
        browser().devTools("Emulation.clearDeviceMetricsOverride", "{}");
        browser().beDark(false);
        browser().complaints();
    }

    @AfterEach
    void shouldHaveComplainedOfNothing() throws IOException {
        assertThat(browser().complaints()).isEmpty();
        assertThat(browser().script("return window.owned === undefined").asBoolean())
                .isTrue();
    }

    private static void view(String place) throws IOException {
        browser().open(stage().uri("/dashboard/?" + System.nanoTime() + "#/" + place)); // forces a new load each time
    }

    private static String text(String selector) throws IOException {
        return browser()
                .script("return document.querySelector('" + selector + "').textContent")
                .asText();
    }

    @Test
    void shouldHoldOnlyTheRowsThatOneSees() throws Exception {
        view("services");
        browser().await("document.querySelectorAll('.space .row').length > 0");

        assertThat(text("output")).isEqualTo("10,007 service ports");
        assertThat(browser()
                        .script("return document.querySelector('.grid').getAttribute('aria-rowcount')")
                        .asText())
                .isEqualTo("10008");
        final String rows = "document.querySelectorAll('.space .row')";
        assertThat(browser().script("return " + rows + ".length").asInt()).isLessThan(100);
        browser().script("const v = document.querySelector('.viewport'); v.scrollTop = v.scrollHeight");
        browser().await(rows + "[" + rows + ".length - 1].textContent.includes('svc-09999')");
        assertThat(browser().script("return " + rows + ".length").asInt()).isLessThan(100);
        browser().script("document.querySelector('.viewport').scrollTop /= 2");
        browser().await("[..." + rows + "].some((row) => row.textContent.includes('svc-05'))");
        assertThat(browser().script("return performance.memory.usedJSHeapSize").asLong())
                .isLessThan(100 << 20);
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void shouldShowNamesAsText(String name) throws Exception {
        final ObjectName service = new ObjectName("default", name);
        stage().problem(service, Severity.ERROR, "is not done: " + name);
        final int number = SERVICES + HOSTILE.indexOf(name);
        final String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");

        view("services");
        browser().await("document.querySelector('#filter')");
        browser()
                .script("const f = document.querySelector('#filter'); f.value = " + quoted(name)
                        + "; f.dispatchEvent(new Event('input'))");
        browser().await("document.querySelectorAll('.space .row').length === 1");
        assertThat(text(".space .row a")).isEqualTo(service.toString());
        assertThat(browser().script("return " + MARKUP).asInt()).isZero();

        browser().script("document.querySelector('.space .row a').click()");
        browser().await("location.hash.startsWith('#/service/') && document.querySelectorAll('table').length === 3");
        assertThat(text("h2")).isEqualTo(service.toString());
        assertThat(text(".problems .reason")).isEqualTo("is not done: " + name);
        assertThat(browser().script("return " + MARKUP).asInt()).isZero();

        view("problems");
        browser().await("document.querySelector('.problems li')");
        assertThat(text(".problems .reason")).isEqualTo("is not done: " + name);
        assertThat(browser().script("return " + MARKUP).asInt()).isZero();

        view("explain?from=10.244.3.8&to=" + Stage.address(number) + ":80&interface=" + encoded.substring(0, 3));
        browser().await("document.querySelector('.steps li')");
        assertThat(text(".steps")).contains(name);
        assertThat(browser().script("return " + MARKUP).asInt()).isZero();

        view("flows");
        browser().await("document.querySelector('[role=status].hint')?.textContent.includes('left out')");
        stage().backend.changes.put(stage().begun(number, 51_000));
        browser().await("document.querySelector('.flows td a')");
        assertThat(text(".flows td a")).isEqualTo(service.toString());
        assertThat(browser().script("return " + MARKUP).asInt()).isZero();
    }

    private static String quoted(String text) {
        return new ObjectMapper().valueToTree(text).toString();
    }

    @Test
    void shouldRunNothingThatIsPutIntoThePage() throws Exception {
        view("problems");
        browser().await("document.querySelector('.none')");

        final JsonNode said = browser().script("""
                const said = [];
                try {
                  document.querySelector('main').innerHTML = '<b>x</b>';
                } catch (refusal) {
                  said.push(refusal.name);
                }
                const script = document.createElement('script');
                try {
                  script.text = 'window.owned = 1';
                } catch (refusal) {
                  said.push(refusal.name);
                }
                document.body.append(script);
                return said;
                """);

        assertThat(said.toString()).isEqualTo("[\"TypeError\",\"TypeError\"]");
        assertThat(browser().complaints()).isNotEmpty().allMatch(line -> line.contains("Trusted"));
    }

    @Test
    void shouldTakeTheKeyboardAlone() throws Exception {
        view("services");
        browser().await("document.querySelectorAll('.space .row').length > 0");
        browser().type("/");
        browser().await("document.activeElement.id === 'filter'");
        browser().type("svc-0123");
        browser().await("document.querySelector('output').textContent.startsWith('10 of')");

        browser().script("document.activeElement.blur()");
        for (int i = 0; i < 30 && !isGridFocused(); i++) {
            browser().press(Browser.Key.TAB);
        }
        assertThat(isGridFocused()).isTrue();
        browser().press(Browser.Key.END);
        assertThat(text(".row.active a")).isEqualTo("default/svc-01239");
        browser().press(Browser.Key.HOME);
        browser().press(Browser.Key.DOWN);
        browser().press(Browser.Key.DOWN);
        browser().press(Browser.Key.UP);
        assertThat(text(".row.active a")).isEqualTo("default/svc-01231");
        browser().press(Browser.Key.ENTER);
        browser().await("location.hash === '#/service/default/svc-01231'");
        browser().await("document.querySelector('h2').textContent === 'default/svc-01231'");
    }

    private static boolean isGridFocused() throws IOException {
        return browser()
                .script("return document.activeElement.classList.contains('grid')")
                .asBoolean();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services",
                "service/default/svc-00001",
                "explain?from=10.244.3.8&to=10.96.0.2:80",
                "flows",
                "problems",
                "gauges"
            })
    void shouldFitAPhoneInTheDark(String place) throws Exception {
        stage().problem(stage().port(1).service(), Severity.WARNING, "hardly meant ".repeat(30));
        browser().beAPhone();
        browser().beDark(true);
        view(place);
        browser().await("document.querySelector('h2') && document.querySelector('#state strong')");

        assertThat(browser()
                        .script("return document.documentElement.scrollWidth <= innerWidth"
                                + " && document.querySelector('main').scrollWidth <= innerWidth")
                        .asBoolean())
                .as("nothing is beside what one sees")
                .isTrue();
        final String ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g)"
                + ".reduce((sum, one) => sum + Number(one), 0)";
        assertThat(browser().script("return " + ground).asInt()).as("dark").isLessThan(150);
        browser().beDark(false);
        assertThat(browser().script("return " + ground).asInt()).as("light").isGreaterThan(600);
    }

    @Test
    void shouldDrawTheWayOfAPacket() throws Exception {
        view("explain");
        browser().await("document.activeElement.name === 'from'");
        browser().type("10.244.3.8");
        browser().press(Browser.Key.TAB);
        browser().type(Stage.address(5) + ":80");
        browser().press(Browser.Key.ENTER);
        browser().await("document.querySelector('.picture svg')");

        assertThat(text(".picture svg"))
                .contains("from 10.244.3.8:40000to 10.96.0.6:80", "to 10.244.1.3:8080", "endpoint on this node");
        browser()
                .script("const s = document.querySelector('.way select'); s.selectedIndex = 1;"
                        + " s.dispatchEvent(new Event('change'))");
        assertThat(text(".picture svg")).contains("10.244.2.4:8080", "endpoint on another node");
        assertThat(browser()
                        .script("return document.querySelectorAll('.picture .arrow').length")
                        .asInt())
                .isEqualTo(4);

        view("explain?from=10.244.3.8&to=10.96.0.6");
        browser().await("document.querySelector('.failure')");
        assertThat(text(".failure")).startsWith("to: \"10.96.0.6\" is an address without a port");
        assertThat(browser().complaints()).hasSize(1).allMatch(line -> line.contains("400")); // logged by the browser
    }

    @Test
    void shouldShowRatesConnectionsAndGauges() throws Exception {
        stage().backend.figures = List.of(new ServiceFigures(
                stage().port(4711),
                Map.of(ServiceFigures.Figure.CONNECTIONS_NOW, 12L, ServiceFigures.Figure.CONNECTIONS, 100L),
                Map.of()));
        view("services");
        browser().await("document.querySelector('[data-sort=connections] button')");
        browser().script("document.querySelector('[data-sort=connections] button').click()");
        browser().await("document.querySelector('.space .row a')?.textContent === 'default/svc-04711'");
        browser().await("document.querySelector('.space .row').children[5].textContent === '0/s'");

        while (stage().backend.watches.get() > 0) { // of another test's page
            TimeUnit.MILLISECONDS.sleep(50);
        }
        stage().backend.refusal = Optional.of("connections are watched already");
        view("flows");
        browser().await("document.querySelector('.failure')?.textContent === 'connections are watched already'");
        stage().backend.refusal = Optional.empty();
        browser().await("!document.querySelector('.failure')");

        view("gauges");
        browser().await("document.querySelectorAll('.charts svg').length === 2"); // no events are counted
        assertThat(text(".charts")).contains("tracked now: 41", "limit: 1,000", "not counted in this mode");
    }
}
