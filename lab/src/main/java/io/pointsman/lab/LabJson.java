package io.pointsman.lab;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.agent.json.Json;
import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord.Tuple;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes the result as JSON for programs, and reads it back. */
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
            write(json, "explanation", journey.steps());
            write(json, "differences", journey.differences());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, Optional<Tuple> packet) throws IOException {
        if (packet.isPresent()) {
            final Tuple tuple = packet.get();
            json.writeObjectFieldStart(field);
            json.writeStringField("protocol", tuple.protocol().name());
            json.writeStringField("source", tuple.source().toString());
            json.writeNumberField("sourcePort", tuple.sourcePort());
            json.writeStringField("destination", tuple.destination().toString());
            json.writeNumberField("destinationPort", tuple.destinationPort());
            json.writeEndObject();
        }
    }

    private static void write(JsonGenerator json, String field, List<String> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    /** Reads the modes of a result written by {@link #of}. */
    static List<ModeReport> read(JsonNode result) {
        final List<ModeReport> modes = new ArrayList<>();
        for (JsonNode mode : result.path("modes")) {
            final List<StepResult> steps = new ArrayList<>();
            mode.path("steps").forEach(step -> steps.add(step(step)));
            modes.add(new ModeReport(
                    mode.path("mode").asText(), mode.path("reason").asText(""), steps));
        }
        return modes;
    }

    private static StepResult step(JsonNode step) {
        return new StepResult(
                step.path("section").asText(),
                step.path("step").asText(),
                step.path("family").asText(),
                step.path("command").asText(),
                step.path("expected").asText(),
                step.path("observed").asText(),
                StepResult.Verdict.valueOf(step.path("verdict").asText().toUpperCase(Locale.ROOT)),
                step.path("millis").asLong(),
                step.has("journey") ? Optional.of(journey(step.get("journey"))) : Optional.empty());
    }

    private static Journey journey(JsonNode journey) {
        final List<Journey.Stop> stops = new ArrayList<>();
        for (JsonNode hop : journey.path("hops")) {
            stops.add(new Journey.Stop(
                    hop.path("host").asText(),
                    hop.path("role").asText(),
                    packet(hop.path("arriving")),
                    packet(hop.path("leaving")),
                    texts(hop.path("actions")),
                    hop.path("seen").asBoolean()));
        }
        return new Journey(
                stops,
                journey.path("explained").asText(),
                texts(journey.path("explanation")),
                texts(journey.path("differences")));
    }

    private static Optional<Tuple> packet(JsonNode packet) {
        return packet.isMissingNode()
                ? Optional.empty()
                : Optional.of(new Tuple(
                        Protocol.valueOf(packet.path("protocol").asText()),
                        IpAddress.parse(packet.path("source").asText()),
                        packet.path("sourcePort").asInt(),
                        IpAddress.parse(packet.path("destination").asText()),
                        packet.path("destinationPort").asInt()));
    }

    private static List<String> texts(JsonNode array) {
        final List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
