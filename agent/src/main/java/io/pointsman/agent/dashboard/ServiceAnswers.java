package io.pointsman.agent.dashboard;

import io.pointsman.agent.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Windows of the Services as JSON. A page that names the reply it has gets only the rows that have changed since. Keeps
 * the latest replies, two for each page that can be open. Used by one thread.
 */
final class ServiceAnswers {
    /** Version of no reply. */
    static final int NONE = 0;

    private static final int KEPT = 2 * Dashboard.MAX_STREAMS;

    private final Map<Integer, Answered> kept = new LinkedHashMap<>();
    private int lastVersion = NONE;

    private record Answered(ServiceQuery query, ServiceTable.Window window) {}

    /**
     * Returns the window, with a {@code version} to name in the next request; a row that has not changed is {@code null}.
     *
     * @param have version of the reply that the page has; {@link #NONE} or an unknown one for the whole window
     */
    String answer(ServiceQuery query, ServiceTable.Window window, int have) {
        final Optional<ServiceTable.Window> before = Optional.ofNullable(kept.remove(have))
                .filter(known -> known.query().equals(query))
                .map(Answered::window);
        final int version = before.filter(known -> known.equals(window)).isPresent() ? have : nextVersion();
        kept.put(version, new Answered(query, window));
        if (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        return json(
                query, window, version, before.map(ServiceTable.Window::rows).orElse(List.of()));
    }

    private int nextVersion() {
        lastVersion = lastVersion == Integer.MAX_VALUE ? NONE + 1 : lastVersion + 1;
        return lastVersion;
    }

    private static String json(ServiceQuery query, ServiceTable.Window window, int version, List<RatedRow> before) {
        return Json.object(json -> {
            json.writeNumberField("version", version);
            json.writeNumberField("all", window.all());
            json.writeNumberField("matching", window.matching());
            json.writeNumberField("offset", query.offset());
            json.writeArrayFieldStart("rows");
            for (int i = 0; i < window.rows().size(); i++) {
                final RatedRow row = window.rows().get(i);
                final @Nullable RatedRow old = i < before.size() ? before.get(i) : null;
                if (row.equals(old)) {
                    json.writeNull();
                } else {
                    json.writeStartObject();
                    row.write(json);
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
        });
    }
}
