package io.pointsman.agent.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A headless Chromium, controlled by WebDriver (W3C) through its chromedriver. Used by one thread. */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Pattern PORT = Pattern.compile("started successfully on port ([0-9]+)");

    /** Keys of WebDriver, section 17.4.2. */
    enum Key {
        ENTER('\uE007'),
        TAB('\uE004'),
        END('\uE010'),
        HOME('\uE011'),
        UP('\uE013'),
        DOWN('\uE015');

        private final char code;

        Key(char code) {
            this.code = code;
        }
    }

    private final Process driver;
    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;
    private final String session;

    private Browser(Process driver, String base) throws IOException {
        this.driver = driver;
        this.base = base;
        final ObjectNode wanted = JSON.createObjectNode();
        final ObjectNode always =
                wanted.putObject("capabilities").putObject("alwaysMatch").put("browserName", "chrome");
        always.putObject("goog:loggingPrefs").put("browser", "ALL");
        final ArrayNode arguments = always.putObject("goog:chromeOptions").putArray("args");
        List.of(
                        "--headless=new",
                        "--no-sandbox", // root can't have a sandbox; only the test's pages are loaded
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--enable-precise-memory-info",
                        "--window-size=1200,860")
                .forEach(arguments::add);
        session =
                "/session/" + send("POST", "/session", wanted).path("sessionId").asText();
    }

    /** Returns why there is no browser here; empty if there is one. */
    static Optional<String> whyNot() {
        for (String program : List.of("chromium", "chromedriver")) {
            final boolean isThere =
                    List.of(Objects.requireNonNullElse(System.getenv("PATH"), "")
                                    .split(File.pathSeparator, -1))
                            .stream()
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
            if (!isThere) {
                return Optional.of("there is no " + program + "; apt install chromium chromium-driver");
            }
        }
        return Optional.empty();
    }

    static Browser start() throws IOException {
        final Process driver = new ProcessBuilder("chromedriver", "--port=0")
                .redirectErrorStream(true)
                .start();
        try {
            final BufferedReader lines =
                    new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final Matcher port = PORT.matcher(line);
                if (port.find()) {
                    return new Browser(driver, "http://127.0.0.1:" + port.group(1));
                }
            }
            throw new IOException("chromedriver ended before it began");
        } catch (IOException | RuntimeException e) {
            end(driver);
            throw e;
        }
    }

    private JsonNode send(String method, String path, ObjectNode body) throws IOException {
        try {
            final HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .method(method, HttpRequest.BodyPublishers.ofString(body.toString()))
                            .timeout(PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            final JsonNode value = JSON.readTree(answer.body()).path("value");
            if (answer.statusCode() != 200) {
                throw new IOException(value.path("error").asText() + ": "
                        + value.path("message").asText());
            }
            return value;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    void open(URI page) throws IOException {
        send("POST", session + "/url", JSON.createObjectNode().put("url", page.toString()));
    }

    /** Runs a function body in the page. */
    JsonNode script(String code) throws IOException {
        final ObjectNode body = JSON.createObjectNode().put("script", code);
        body.putArray("args");
        return send("POST", session + "/execute/sync", body);
    }

    /** Waits until an expression is true in the page. */
    void await(String expression) throws Exception {
        final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!script("return Boolean(" + expression + ")").asBoolean()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new AssertionError("never: " + expression + "; the page shows:\n"
                        + script("return document.body.innerText").asText());
            }
            TimeUnit.MILLISECONDS.sleep(30);
        }
    }

    void press(Key key) throws IOException {
        type(String.valueOf(key.code));
    }

    /** Types into the focused element. */
    void type(String text) throws IOException {
        final ObjectNode body = JSON.createObjectNode();
        final ObjectNode keyboard = body.putArray("actions").addObject();
        final ArrayNode actions =
                keyboard.put("type", "key").put("id", "keyboard").putArray("actions");
        for (int code : text.codePoints().toArray()) {
            actions.addObject().put("type", "keyDown").put("value", Character.toString(code));
            actions.addObject().put("type", "keyUp").put("value", Character.toString(code));
        }
        send("POST", session + "/actions", body);
    }

    /** Emulates a phone of 390 by 844 pixels. */
    void beAPhone() throws IOException {
        devTools("Emulation.setDeviceMetricsOverride", """
                {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true}""");
    }

    void beDark(boolean isDark) throws IOException {
        devTools(
                "Emulation.setEmulatedMedia",
                "{\"features\": [{\"name\": \"prefers-color-scheme\", \"value\": \"%s\"}]}"
                        .formatted(isDark ? "dark" : "light"));
    }

    JsonNode devTools(String command, String parameters) throws IOException {
        final ObjectNode body = JSON.createObjectNode().put("cmd", command);
        body.set("params", JSON.readTree(parameters));
        return send("POST", session + "/goog/cdp/execute", body);
    }

    /** Returns the browser's new errors: of scripts, of the network, of the content security policy. */
    List<String> complaints() throws IOException {
        final List<String> complaints = new ArrayList<>();
        send("POST", session + "/se/log", JSON.createObjectNode().put("type", "browser"))
                .forEach(entry -> complaints.add(entry.path("level").asText().toLowerCase(Locale.ROOT) + ": "
                        + entry.path("message").asText()));
        return complaints;
    }

    private static void end(Process driver) {
        final List<ProcessHandle> all = new ArrayList<>(driver.descendants().toList());
        driver.destroy();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        end(driver);
        client.close();
    }
}
