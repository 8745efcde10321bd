package io.pointsman.agent.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.log.Quoted;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Writes JSON text without binding it to classes: quick to start, and nothing is written that isn't asked for. It is one line
 * that a terminal can show, whatever the strings in it.
 */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** Writes the inside of a document. */
    @FunctionalInterface
    public interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    /** An object with what the writer puts into it. */
    public static String object(Writer inside) {
        return document(json -> {
            json.writeStartObject();
            inside.write(json);
            json.writeEndObject();
        });
    }

    /** An array with what the writer puts into it. */
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
        return Quoted.line(text.toString()); // what it replaces is in strings only, where its escapes are JSON's, too
    }
}
