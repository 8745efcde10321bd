package io.pointsman.testkit.outsiders;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Closes connections. */
final class Connections {
    private Connections() {}

    static void close(Closeable connection) {
        try {
            connection.close();
        } catch (IOException e) {
            throw new UncheckedIOException("can't close " + connection, e);
        }
    }
}
