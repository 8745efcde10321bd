package io.pointsman.agent.look;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.agent.json.JsonLine;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.Optional;

/** Converts a connection to a line of JSON and back. */
public final class FlowJson {
    private FlowJson() {}

    /** Returns the connection as one line. */
    public static String of(FlowRecord flow) {
        final JsonLine line = new JsonLine();
        write(line, flow);
        return line.toString();
    }

    /** Returns the change as one line: the connection, with the kind of change as {@code event}. */
    public static String of(FlowChange change) {
        final JsonLine line = new JsonLine();
        write(line, change);
        return line.toString();
    }

    /** Writes the same JSON as {@link #of(FlowRecord)} into a reusable line. */
    public static void write(JsonLine line, FlowRecord flow) {
        fields(line.begin(), flow);
        line.end();
    }

    /** Writes the same JSON as {@link #of(FlowChange)} into a reusable line. */
    public static void write(JsonLine line, FlowChange change) {
        fields(line.begin().text("event", event(change.kind())), change.flow());
        line.end();
    }

    /** Parses what {@link #of(FlowChange)} wrote; times have a precision of one second. */
    public static FlowChange readChange(JsonNode json) {
        return new FlowChange(
                EnumToken.parse(FlowChange.Kind.class, json.required("event").asText()), read(json));
    }

    /** Returns the token of {@link EnumToken#of}, without making a string. */
    private static String event(FlowChange.Kind kind) {
        return switch (kind) {
            case NEW -> "new";
            case GONE -> "gone";
        };
    }

    private static void fields(JsonLine line, FlowRecord flow) {
        if (flow.owner().isPresent()) {
            final ServicePortName owner = flow.owner().get();
            line.text("namespace", owner.service().namespace())
                    .text("service", owner.service().name())
                    .text("port", owner.portName());
        }
        line.text("protocol", flow.original().protocol().name()).text("state", flow.state());
        tuple(line, "original", flow.original());
        tuple(line, "reply", flow.reply());
        line.number("packetsFromClient", flow.packetsOut())
                .number("bytesFromClient", flow.bytesOut())
                .number("packetsToClient", flow.packetsBack())
                .number("bytesToClient", flow.bytesBack());
        if (flow.idleUntilGone().isPresent()) {
            line.number("idleSecondsLeft", flow.idleUntilGone().get().toSeconds());
        }
    }

    private static void tuple(JsonLine line, String field, FlowRecord.Tuple tuple) {
        line.begin(field)
                .address("source", tuple.source())
                .number("sourcePort", tuple.sourcePort())
                .address("destination", tuple.destination())
                .number("destinationPort", tuple.destinationPort())
                .end();
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
