package io.pointsman.kubernetes.yaml;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Checks the bytes of a YAML file before parsing, and finds the lines of faults. */
final class YamlText {
    private static final int MAX_DIRECTIVES = 100; // the parser keeps all directives of a document

    private YamlText() {}

    /** Returns the text without its byte order mark. */
    static ByteBuffer check(byte[] bytes) throws UnreadableException {
        if (startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0xFF, 0xFE)) {
            throw new UnreadableException(1, "the file is UTF-16; save it as UTF-8");
        }
        int lineStart = 0;
        int line = 1;
        int directives = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%' && i == lineStart && ++directives > MAX_DIRECTIVES) {
                throw new UnreadableException(line, "more than " + MAX_DIRECTIVES + " lines that start with %");
            }
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                if (bytes[i] == '\n' || i + 1 == bytes.length || bytes[i + 1] != '\n') {
                    line++;
                }
                lineStart = i + 1;
            } else if (i - lineStart >= ManifestLimits.LINE_CHARACTERS) {
                throw new UnreadableException(
                        line,
                        "the line is longer than " + ManifestLimits.LINE_CHARACTERS
                                + " bytes; break it up, or if this is JSON name the file .json");
            }
        }
        final int skip = markLength(bytes);
        return ByteBuffer.wrap(bytes, skip, bytes.length - skip);
    }

    private static int markLength(byte[] bytes) {
        return startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
    }

    private static boolean startsWith(byte[] bytes, int... mark) {
        if (bytes.length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if ((bytes[i] & 0xFF) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    /** Returns the line of the first byte that is not UTF-8. */
    static int lineOfMalformed(byte[] bytes) {
        final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        final CharBuffer out = CharBuffer.allocate(8192);
        while (decoder.decode(in, out, true).isOverflow()) {
            out.clear();
        }
        return lineOf(bytes, in.position());
    }

    /** Returns the line of a character, given the number of code points before it; a byte order mark is not counted. */
    static int lineOfCodePoint(byte[] bytes, int codePoint) {
        int position = markLength(bytes);
        for (int seen = 0; position < bytes.length; position++) {
            final boolean startsCodePoint = (bytes[position] & 0xC0) != 0x80;
            if (startsCodePoint && seen++ == codePoint) {
                break;
            }
        }
        return lineOf(bytes, position);
    }

    private static int lineOf(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            if (bytes[i] == '\n') {
                line++;
            }
        }
        return line;
    }
}
