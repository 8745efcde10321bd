package io.pointsman.agent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/** Defaults that depend on the host. */
final class Defaults {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private Defaults() {}

    /** Returns the host's name in lower case, as the kubelet uses it, without asking a name server. */
    static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip().toLowerCase(Locale.ROOT);
        } catch (IOException _) {
            return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "localhost");
        }
    }

    /**
     * Returns the directory for state that outlives a boot: for root the system's, for other users their own (XDG base
     * directories).
     */
    static Path stateDirectory() {
        if (Objects.equals(System.getProperty("user.name"), "root")) {
            return Path.of("/var/lib/pointsman");
        }
        final String state = System.getenv("XDG_STATE_HOME");
        return state == null || state.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "state", "pointsman")
                : Path.of(state, "pointsman");
    }
}
