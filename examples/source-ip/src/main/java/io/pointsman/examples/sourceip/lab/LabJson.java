package io.pointsman.examples.sourceip.lab;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.json.Json;
import io.pointsman.examples.sourceip.lab.LabReport.ModeReport;
import io.pointsman.spi.FlowRecord.Tuple;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The result for programs. */
final class LabJson {
    private LabJson() {}

    static String of(LabReport report) {
        return Json.object(json -> {
            json.writeBooleanField("passed", report.isPassed());
            json.writeNumberField("seconds", report.seconds());
            json.writeArrayFieldStart("modes");
            for (ModeReport mode : report.modes()) {
                json.writeStartObject();
                json.writeStringField("mode", mode.mode());
                json.writeBooleanField("played", mode.wasPlayed());
                if (!mode.reason().isEmpty()) {
                    json.writeStringField("reason", mode.reason());
                }
                json.writeArrayFieldStart("steps");
                for (StepResult step : mode.steps()) {
                    write(json, step);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void write(JsonGenerator json, StepResult step) throws IOException {
        json.writeStartObject();
        json.writeStringField("section", step.section());
        json.writeStringField("step", step.what());
        json.writeStringField("family", step.family());
        json.writeStringField("command", step.command());
        json.writeStringField("expected", step.expected());
        json.writeStringField("observed", step.observed());
        json.writeStringField("verdict", step.verdict().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("millis", step.millis());
        if (step.journey().isPresent()) {
            final Journey journey = step.journey().get();
            json.writeObjectFieldStart("journey");
            json.writeBooleanField("confirmed", journey.isConfirmed());
            json.writeStringField("explained", journey.outcome());
            json.writeArrayFieldStart("hops");
            for (Journey.Stop stop : journey.stops()) {
                json.writeStartObject();
                json.writeStringField("host", stop.host());
                json.writeStringField("role", stop.role());
                write(json, "arriving", stop.arriving());
                write(json, "leaving", stop.leaving());
                write(json, "actions", stop.actions());
                json.writeBooleanField("seen", stop.seen());
                json.writeEndObject();
            }
            json.writeEndArray();
            write(json, "differences", journey.differences());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, Optional<Tuple> packet) throws IOException {
        if (packet.isPresent()) {
            json.writeStringField(field, packet.get().toString());
        }
    }

    private static void write(JsonGenerator json, String field, List<String> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }
}
