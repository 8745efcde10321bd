package io.pointsman.agent.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.json.Json;
import io.pointsman.agent.look.EndingConnections;
import io.pointsman.agent.look.PlanComparison;
import io.pointsman.model.ObjectName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prints the differences between two plans, as text or as JSON.
 *
 * @param ending connections that would end; empty if connections are not known
 */
record ComparisonPrinter(PlanComparison comparison, Optional<EndingConnections> ending, String node) {
    /** Returns the sentences by Service, then those for the node, then the totals. */
    List<String> lines() {
        if (comparison.isSame()) {
            return List.of("no difference");
        }
        final List<String> lines = new ArrayList<>();
        for (PlanComparison.ServiceChange change : comparison.services()) {
            lines.add(change.service() + ": " + word(change.kind()));
            change.words().forEach(words -> lines.add("  " + words));
        }
        if (!comparison.node().isEmpty()) {
            lines.add("node " + node);
            comparison.node().forEach(words -> lines.add("  " + words));
        }
        final PlanComparison.RuleCount rules = comparison.rules();
        final int all = rules.added() + rules.gone() + rules.changed();
        lines.add(comparison.services().size() + (comparison.services().size() == 1 ? " Service" : " Services")
                + ", " + all + (all == 1 ? " rule: " : " rules: ") + rules.added() + " new, "
                + rules.gone() + " gone, " + rules.changed() + " changed");
        ending.ifPresent(connections -> lines.addAll(lines(connections)));
        return lines;
    }

    private static List<String> lines(EndingConnections connections) {
        if (connections.byService().isEmpty()) {
            return List.of("no connection ends");
        }
        final List<String> lines = new ArrayList<>();
        connections.byService().forEach((service, count) -> {
            if (count.ended() > 0) {
                lines.add(service + ": " + count.ended() + " UDP flows end at once");
            }
            if (count.left() > 0) {
                lines.add(service + ": " + count.left()
                        + " connections are to addresses that are no longer served; they continue as long as their"
                        + " endpoints exist");
            }
        });
        return lines;
    }

    String json() {
        return Json.object(json -> {
            json.writeBooleanField("same", comparison.isSame());
            json.writeStringField("node", node);
            json.writeObjectFieldStart("rules");
            json.writeNumberField("new", comparison.rules().added());
            json.writeNumberField("gone", comparison.rules().gone());
            json.writeNumberField("changed", comparison.rules().changed());
            json.writeEndObject();
            json.writeArrayFieldStart("services");
            for (PlanComparison.ServiceChange change : comparison.services()) {
                json.writeStartObject();
                json.writeStringField("namespace", change.service().namespace());
                json.writeStringField("name", change.service().name());
                json.writeStringField("change", word(change.kind()));
                writeAll(json, "words", change.words());
                json.writeEndObject();
            }
            json.writeEndArray();
            writeAll(json, "nodeWords", comparison.node());
            if (ending.isPresent()) {
                writeEnding(json, ending.get());
            }
        });
    }

    private static void writeEnding(JsonGenerator json, EndingConnections connections) throws IOException {
        json.writeArrayFieldStart("connections");
        for (Map.Entry<ObjectName, EndingConnections.Count> entry :
                connections.byService().entrySet()) {
            json.writeStartObject();
            json.writeStringField("namespace", entry.getKey().namespace());
            json.writeStringField("name", entry.getKey().name());
            json.writeNumberField("ended", entry.getValue().ended());
            json.writeNumberField("leftWithoutService", entry.getValue().left());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeAll(JsonGenerator json, String field, List<String> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    private static String word(PlanComparison.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
