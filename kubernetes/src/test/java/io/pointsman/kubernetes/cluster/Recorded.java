package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Bodies that an API server once sent. */
final class Recorded {
    private Recorded() {}

    static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(
                Recorded.class.getResourceAsStream("recorded/" + name), "no recording " + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
