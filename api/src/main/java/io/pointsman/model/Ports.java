package io.pointsman.model;

/** Checks on port numbers. */
final class Ports {
    private Ports() {}

    static int requirePort(String what, int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(what + " " + port + " is not in 1..65535");
        }
        return port;
    }

    static int requirePortOrZero(String what, int port) {
        return port == 0 ? 0 : requirePort(what, port);
    }
}
