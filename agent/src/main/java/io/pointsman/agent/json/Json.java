package io.pointsman.agent.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.log.Quoted;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Writes JSON text without binding it to classes, which makes for a quick start, and writes only what is asked for. The
 * text is one line that is safe to print on a terminal, whatever its strings contain.
 */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** Writes the content of a document. */
    @FunctionalInterface
    public interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    /** Returns an object with the content that the writer writes. */
    public static String object(Writer inside) {
        return document(json -> {
            json.writeStartObject();
            inside.write(json);
            json.writeEndObject();
        });
    }

    /** Returns an array with the content that the writer writes. */
    public static String array(Writer inside) {
        return document(json -> {
            json.writeStartArray();
            inside.write(json);
            json.writeEndArray();
        });
    }

    private static String document(Writer whole) {
        final StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            whole.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory can't fail", e);
        }
        return Quoted.line(text.toString()); // it only replaces characters in strings, and its escapes are valid JSON
    }
}
