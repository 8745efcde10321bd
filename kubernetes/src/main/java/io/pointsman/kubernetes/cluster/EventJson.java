package io.pointsman.kubernetes.cluster;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/** Writes an Event of events.k8s.io/v1. A node has no namespace, so its Events are in {@code default}, like kube-proxy's. */
final class EventJson {
    static final String PATH = "apis/events.k8s.io/v1/namespaces/default/events";

    /** Length limit of a note at the API server. */
    private static final int MAX_NOTE_BYTES = 1024;

    /** Length limit of a reporting instance; a node's name may be longer. */
    private static final int MAX_INSTANCE = 128;

    /** Longest part of a node's name in the event's name, which has at most 253 characters including a dot and 16 digits. */
    private static final int MAX_NODE_IN_NAME = 236;

    private static final JsonFactory FACTORY = new JsonFactory();

    /** Time with six decimals, which an API server requires. */
    private static final DateTimeFormatter MICRO_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private EventJson() {}

    /** @param number makes the name unique */
    static String of(NodeEvent event, String node, Instant when, long number) {
        final StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("apiVersion", "events.k8s.io/v1");
            json.writeStringField("kind", "Event");
            json.writeObjectFieldStart("metadata");
            json.writeStringField(
                    "name", cut(node, MAX_NODE_IN_NAME) + "." + HexFormat.of().toHexDigits(number));
            json.writeStringField("namespace", "default");
            json.writeEndObject();
            json.writeStringField("eventTime", MICRO_TIME.format(when));
            json.writeStringField("type", event.type().text());
            json.writeStringField("reason", event.reason());
            json.writeStringField("action", event.action());
            json.writeStringField("note", cut(event.note(), MAX_NOTE_BYTES));
            json.writeStringField("reportingController", "pointsman.io/agent");
            json.writeStringField("reportingInstance", cut(node, MAX_INSTANCE));
            json.writeObjectFieldStart("regarding");
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "Node");
            json.writeStringField("name", node);
            json.writeStringField("uid", node); // as kubelet and kube-proxy do: kubectl describe looks for this
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory can't fail", e);
        }
        return text.toString();
    }

    /** Cuts a text to a number of bytes in UTF-8, between characters. */
    private static String cut(String text, int maxBytes) {
        int end = 0;
        int bytes = 0;
        while (end < text.length()) {
            final int character = text.codePointAt(end);
            bytes += Character.toString(character).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > maxBytes) {
                break;
            }
            end += Character.charCount(character);
        }
        return text.substring(0, end);
    }
}
