package io.pointsman.agent.http;

import java.util.Optional;

/**
 * Server-sent events (WHATWG HTML, section 9.2) for one client. It is asked for more only when the client has taken what came
 * before, so that a slow one holds one frame at most, and misses what its stream does not keep. The stream ends with the
 * connection, whose age is bounded; a browser then asks again by itself and says what it saw last.
 *
 * <p>All calls come from the thread that serves HTTP, and must not block.
 */
public non-sealed interface EventStream extends Answer, AutoCloseable {
    /** A frame is not longer. */
    int MAX_FRAME_CHARACTERS = 65_536;

    /** What is new since the last call, in the format of the stream; empty for nothing. */
    Optional<String> next();

    /** The client is gone, or its time is over. */
    @Override
    void close();
}
