package io.pointsman.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * What a backend is opened with.
 *
 * @param stateDirectory a folder of its own, which may not exist yet, where it records what it owns
 * @param settings the backend's own keys, {@code lower-case-with-dashes}; it refuses those it doesn't know
 */
public record BackendConfig(Path stateDirectory, Map<String, String> settings) {
    public BackendConfig {
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        settings = Map.copyOf(settings);
    }
}
