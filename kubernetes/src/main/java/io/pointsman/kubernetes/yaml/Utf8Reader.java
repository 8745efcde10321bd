package io.pointsman.kubernetes.yaml;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes bytes as UTF-8, strictly, and fills the caller's buffer completely: the YAML scanner copies its part of the line
 * at each read, so a lot of short reads would make a long line quadratic. The buffer must have room for two characters.
 */
final class Utf8Reader extends Reader {
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    private final ByteBuffer bytes;

    Utf8Reader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        if (!bytes.hasRemaining()) {
            return -1;
        }
        final CharBuffer out = CharBuffer.wrap(buffer, offset, length);
        final CoderResult result = decoder.decode(bytes, out, true);
        if (result.isError()) {
            result.throwException();
        }
        return out.position() - offset;
    }

    @Override
    public void close() {}
}
