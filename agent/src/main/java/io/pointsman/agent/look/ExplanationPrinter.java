package io.pointsman.agent.look;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints an explanation, as text or as JSON.
 *
 * @param notes additional remarks
 */
public record ExplanationPrinter(Explanation explanation, String node, String mode, List<String> notes) {
    public ExplanationPrinter {
        notes = List.copyOf(notes);
    }

    /** Returns numbered steps, then notes, and the outcome as the last line. */
    public List<String> text() {
        final List<String> lines = new ArrayList<>();
        lines.add(explanation.request() + " at " + node + ", mode " + mode);
        int number = 0;
        for (Explanation.Step step : explanation.steps()) {
            lines.add(String.format("%3d. %-16s %s", ++number, label(step.kind()), step.words()));
        }
        notes.forEach(note -> lines.add("note: " + note));
        lines.add(explanation.outcome());
        return lines;
    }

    private static String label(Explanation.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Returns the explanation as one line of JSON. */
    public String json() {
        return Json.object(json -> {
            final ExplainRequest request = explanation.request();
            json.writeObjectFieldStart("request");
            json.writeStringField("protocol", request.protocol().name());
            json.writeStringField("source", request.source().toString());
            json.writeNumberField("sourcePort", request.sourcePort());
            json.writeStringField("destination", request.destination().toString());
            json.writeNumberField("destinationPort", request.destinationPort());
            if (request.inputInterface().isPresent()) {
                json.writeStringField("interface", request.inputInterface().get());
            }
            json.writeEndObject();
            json.writeStringField("node", node);
            json.writeStringField("mode", mode);
            json.writeStringField("verdict", EnumToken.of(explanation.verdict()));
            json.writeStringField("reason", EnumToken.of(explanation.reason()));
            writeSteps(json);
            writeTargets(json);
            json.writeArrayFieldStart("notes");
            for (String note : notes) {
                json.writeString(note);
            }
            json.writeEndArray();
            json.writeStringField("outcome", explanation.outcome());
        });
    }

    private void writeSteps(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("steps");
        for (Explanation.Step step : explanation.steps()) {
            json.writeStartObject();
            json.writeStringField("kind", EnumToken.of(step.kind()));
            json.writeObjectFieldStart("details");
            for (Map.Entry<String, String> detail : step.details().entrySet()) {
                json.writeStringField(detail.getKey(), detail.getValue());
            }
            json.writeEndObject();
            json.writeStringField("words", step.words());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeTargets(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("targets");
        for (Explanation.Target target : explanation.targets()) {
            json.writeStartObject();
            json.writeStringField("endpoint", target.endpoint().toString());
            json.writeNumberField("weight", target.endpoint().weight());
            json.writeBooleanField("local", target.endpoint().local());
            json.writeStringField("sourceChange", EnumToken.of(target.change()));
            json.writeStringField("source", target.source().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
