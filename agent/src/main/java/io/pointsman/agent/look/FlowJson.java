package io.pointsman.agent.look;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Converts a connection to a line of JSON and back. */
public final class FlowJson {
    private FlowJson() {}

    /** Returns the connection as one line. */
    public static String of(FlowRecord flow) {
        return Json.object(json -> write(json, flow));
    }

    /** Returns the change as one line: the connection, with the kind of change as {@code event}. */
    public static String of(FlowChange change) {
        return Json.object(json -> {
            json.writeStringField("event", EnumToken.of(change.kind()));
            write(json, change.flow());
        });
    }

    /** Parses what {@link #of(FlowChange)} wrote; times have a precision of one second. */
    public static FlowChange readChange(JsonNode json) {
        return new FlowChange(
                EnumToken.parse(FlowChange.Kind.class, json.required("event").asText()), read(json));
    }

    private static void write(JsonGenerator json, FlowRecord flow) throws IOException {
        if (flow.owner().isPresent()) {
            final ServicePortName owner = flow.owner().get();
            json.writeStringField("namespace", owner.service().namespace());
            json.writeStringField("service", owner.service().name());
            json.writeStringField("port", owner.portName());
        }
        json.writeStringField("protocol", flow.original().protocol().name());
        json.writeStringField("state", flow.state());
        tuple(json, "original", flow.original());
        tuple(json, "reply", flow.reply());
        json.writeNumberField("packetsFromClient", flow.packetsOut());
        json.writeNumberField("bytesFromClient", flow.bytesOut());
        json.writeNumberField("packetsToClient", flow.packetsBack());
        json.writeNumberField("bytesToClient", flow.bytesBack());
        if (flow.idleUntilGone().isPresent()) {
            json.writeNumberField("idleSecondsLeft", flow.idleUntilGone().get().toSeconds());
        }
    }

    private static void tuple(JsonGenerator json, String field, FlowRecord.Tuple tuple) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("source", tuple.source().toString());
        json.writeNumberField("sourcePort", tuple.sourcePort());
        json.writeStringField("destination", tuple.destination().toString());
        json.writeNumberField("destinationPort", tuple.destinationPort());
        json.writeEndObject();
    }

    /** Parses what {@link #of(FlowRecord)} wrote; times have a precision of one second. */
    public static FlowRecord read(JsonNode json) {
        final Protocol protocol = Protocol.valueOf(json.required("protocol").asText());
        return new FlowRecord(
                tuple(protocol, json.required("original")),
                tuple(protocol, json.required("reply")),
                json.has("service")
                        ? Optional.of(new ServicePortName(
                                new ObjectName(
                                        json.required("namespace").asText(),
                                        json.required("service").asText()),
                                json.required("port").asText(),
                                protocol))
                        : Optional.empty(),
                json.required("state").asText(),
                json.required("packetsFromClient").asLong(),
                json.required("bytesFromClient").asLong(),
                json.required("packetsToClient").asLong(),
                json.required("bytesToClient").asLong(),
                Optional.ofNullable(json.get("idleSecondsLeft")).map(left -> Duration.ofSeconds(left.asLong())));
    }

    private static FlowRecord.Tuple tuple(Protocol protocol, JsonNode json) {
        return new FlowRecord.Tuple(
                protocol,
                IpAddress.parse(json.required("source").asText()),
                json.required("sourcePort").asInt(),
                IpAddress.parse(json.required("destination").asText()),
                json.required("destinationPort").asInt());
    }
}
