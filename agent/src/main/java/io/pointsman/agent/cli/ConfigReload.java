package io.pointsman.agent.cli;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.kubernetes.files.FileWatch;
import io.pointsman.model.ConfigException;
import java.nio.file.Path;

/** Reloads an agent's configuration if its file changes. A file that can't be read leaves the old configuration in force. */
final class ConfigReload {
    /** Reads the configuration from file and flags. */
    @FunctionalInterface
    interface Reading {
        AgentConfig read() throws ConfigException;
    }

    private ConfigReload() {}

    /** Follows a file until the watch is closed. */
    static FileWatch follow(Path file, Reading reading, Agent agent) {
        return FileWatch.start(file, () -> {
            try {
                agent.reconfigure(reading.read());
            } catch (ConfigException e) {
                agent.keepConfiguration(e.getMessage());
            }
        });
    }
}
