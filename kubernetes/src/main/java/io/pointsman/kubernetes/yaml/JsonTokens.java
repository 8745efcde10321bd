package io.pointsman.kubernetes.yaml;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.UnreadableException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Tokens of JSON from Jackson's streaming parser, which itself limits the length of numbers, names and strings. */
public final class JsonTokens implements Tokens {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final JsonParser parser;
    private @Nullable JsonToken ahead;

    public JsonTokens(byte[] json) throws UnreadableException {
        this(new ByteArrayInputStream(json));
    }

    /** Reads only as far as needed, plus one buffer; the end of the stream ends the last document. */
    public JsonTokens(InputStream json) throws UnreadableException {
        try {
            parser = FACTORY.createParser(json);
        } catch (IOException e) {
            throw new UnreadableException(1, "not JSON: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean nextDocument() throws UnreadableException {
        ahead = read();
        return ahead != null;
    }

    @Override
    public Token next() throws UnreadableException {
        final JsonToken token = ahead == null ? read() : ahead;
        ahead = null;
        return switch (token) {
            case null -> throw new UnreadableException(line(), "the JSON ends in the middle");
            case START_OBJECT -> Token.MAPPING_START;
            case END_OBJECT -> Token.MAPPING_END;
            case START_ARRAY -> Token.SEQUENCE_START;
            case END_ARRAY -> Token.SEQUENCE_END;
            case FIELD_NAME,
                    VALUE_STRING,
                    VALUE_NUMBER_INT,
                    VALUE_NUMBER_FLOAT,
                    VALUE_TRUE,
                    VALUE_FALSE,
                    VALUE_NULL,
                    VALUE_EMBEDDED_OBJECT -> Token.SCALAR;
            case NOT_AVAILABLE -> throw new IllegalStateException("a blocking parser always has a token");
        };
    }

    @Override
    public void skipRest(Token start) throws UnreadableException {
        try {
            if (start != Token.SCALAR) {
                parser.skipChildren();
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private @Nullable JsonToken read() throws UnreadableException {
        try {
            return parser.nextToken();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private UnreadableException unreadable(IOException failure) {
        if (failure instanceof JsonProcessingException e && e.getLocation() != null) {
            return new UnreadableException(
                    e.getLocation().getLineNr(), "not JSON: " + Quoted.plain(withoutPlace(e.getOriginalMessage())), e);
        }
        return new UnreadableException(
                line(), "not JSON: " + Quoted.plain(String.valueOf(failure.getMessage())), failure);
    }

    /** Removes Jackson's note on where an unfinished object starts, which means nothing to the file's author. */
    private static String withoutPlace(String message) {
        final int place = message.indexOf(" (start marker at");
        return place < 0 ? message : message.substring(0, place);
    }

    @Override
    public int line() {
        return parser.currentTokenLocation().getLineNr();
    }

    @Override
    public String text() throws UnreadableException {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw unreadable(e); // strings are decoded lazily
        }
    }

    @Override
    public Tree.Type type() {
        return switch (parser.currentToken()) {
            case VALUE_NUMBER_INT -> Tree.Type.INTEGER;
            case VALUE_NUMBER_FLOAT -> Tree.Type.OTHER_NUMBER;
            case VALUE_TRUE, VALUE_FALSE -> Tree.Type.BOOLEAN;
            case VALUE_NULL -> Tree.Type.NULL;
            default -> Tree.Type.STRING;
        };
    }
}
