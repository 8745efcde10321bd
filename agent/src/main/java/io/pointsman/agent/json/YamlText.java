package io.pointsman.agent.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;

/**
 * Converts JSON to YAML blocks for people. A string that YAML might take for another type is in double quotes, whose
 * escapes are JSON's too (YAML 1.2.2, section 5.7). Used by one thread.
 */
public final class YamlText {
    private static final JsonFactory FACTORY = new JsonFactory();

    /**
     * Strings that need no quotes: neither a number, a date, null nor a truth value, also in YAML 1.1, and without
     * punctuation.
     */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

    private static final Pattern WORD = Pattern.compile("(?i)y|n|yes|no|on|off|true|false|null");

    private final JsonParser json;
    private final StringBuilder yaml = new StringBuilder();

    private YamlText(JsonParser json) {
        this.json = json;
    }

    /**
     * Converts a document to YAML.
     *
     * @param json a whole document as {@link Json} writes it
     */
    public static String of(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            final YamlText text = new YamlText(parser);
            parser.nextToken();
            text.value(0, "");
            return text.yaml.toString();
        } catch (IOException e) {
            throw new UncheckedIOException("JSON of our own making is not JSON", e);
        }
    }

    /**
     * Writes the value at this token, with a line break at its end.
     *
     * @param lead text between what is written already and a value on the same line
     */
    private void value(int depth, String lead) throws IOException {
        final JsonToken token = json.currentToken();
        if (token == JsonToken.START_OBJECT) {
            object(depth, lead);
        } else if (token == JsonToken.START_ARRAY) {
            array(depth, lead);
        } else {
            final String scalar = token == JsonToken.VALUE_STRING ? string(json.getText()) : json.getText();
            yaml.append(lead).append(scalar).append('\n');
        }
    }

    private void object(int depth, String lead) throws IOException {
        if (json.nextToken() == JsonToken.END_OBJECT) {
            yaml.append(lead).append("{}\n");
            return;
        }
        // In a list, the first key follows the dash.
        boolean isBesideDash = yaml.length() >= 2 && yaml.charAt(yaml.length() - 1) == ' ';
        if (!isBesideDash && depth > 0) {
            yaml.append('\n');
        }
        for (JsonToken token = json.currentToken(); token != JsonToken.END_OBJECT; token = json.nextToken()) {
            if (!isBesideDash) {
                yaml.append("  ".repeat(depth));
            }
            isBesideDash = false;
            yaml.append(string(json.currentName())).append(':');
            json.nextToken();
            value(depth + 1, " ");
        }
    }

    private void array(int depth, String lead) throws IOException {
        if (json.nextToken() == JsonToken.END_ARRAY) {
            yaml.append(lead).append("[]\n");
            return;
        }
        if (depth > 0) {
            yaml.append('\n');
        }
        for (JsonToken token = json.currentToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            yaml.append("  ".repeat(depth)).append("- ");
            value(depth + 1, "");
        }
    }

    private static String string(String text) {
        if (PLAIN.matcher(text).matches() && !WORD.matcher(text).matches()) {
            return text;
        }
        final String document = Json.array(array -> array.writeString(text));
        return document.substring(1, document.length() - 1);
    }
}
