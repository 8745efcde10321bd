package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Files of the dashboard, from the JAR. */
final class Assets {
    private static final List<String> FILES = List.of(
            "index.html",
            "style.css",
            "icon.svg",
            "app.js",
            "dom.js",
            "live.js",
            "services.js",
            "service.js",
            "explain.js",
            "picture.js",
            "flows.js",
            "problems.js",
            "gauges.js");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private final Map<String, Reply> replies = new HashMap<>();

    Assets() {
        for (String file : FILES) {
            final String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), Reply.TEXT);
            replies.put(file, new Reply(200, type, Map.of(), read(file)));
        }
        replies.put("", replies.getOrDefault("index.html", Reply.text(404, "")));
    }

    private static String read(String file) {
        try (InputStream in = Assets.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the JAR lacks " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the JAR's " + file + " can't be read", e);
        }
    }

    /** @param name path below {@code /dashboard/}; empty for the page itself */
    Optional<Reply> file(String name) {
        return Optional.ofNullable(replies.get(name));
    }
}
