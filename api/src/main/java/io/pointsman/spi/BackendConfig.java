package io.pointsman.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Configuration that a backend is opened with.
 *
 * @param stateDirectory the backend's own folder, where it records what it owns; may not exist yet
 * @param settings the backend's own keys, {@code lower-case-with-dashes}; it refuses unknown ones
 */
public record BackendConfig(Path stateDirectory, Map<String, String> settings) {
    public BackendConfig {
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        settings = Map.copyOf(settings);
    }
}
