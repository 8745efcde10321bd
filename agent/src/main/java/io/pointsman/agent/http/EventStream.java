package io.pointsman.agent.http;

import java.util.Optional;

/**
 * Server-sent events (WHATWG HTML, section 9.2) for one client. The stream is asked for a frame only when the client has
 * taken the one before. A slow client therefore holds one frame at most, and misses what the stream does not keep. The
 * stream ends with the connection, whose lifetime is limited; a browser then reconnects by itself and sends the id of the
 * last event that it has.
 *
 * <p>All calls come from the thread that serves HTTP, and must not block.
 */
public non-sealed interface EventStream extends Answer, AutoCloseable {
    /** Maximum length of a frame. */
    int MAX_FRAME_CHARACTERS = 65_536;

    /** Returns the events since the last call, in the stream's format; empty for none. */
    Optional<String> next();

    /** Called when the client is gone, or the stream's time is over. */
    @Override
    void close();
}
