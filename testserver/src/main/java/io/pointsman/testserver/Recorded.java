package io.pointsman.testserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Response bodies recorded from an API server, by file name below {@code recorded}. */
public final class Recorded {
    private Recorded() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(
                Recorded.class.getResourceAsStream("recorded/" + name), "no recording " + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
