package io.pointsman.agent.cli;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConfigFile;
import io.pointsman.agent.config.Setting;
import io.pointsman.model.ConfigException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Settings as flags, and the configuration file that they beat. */
final class SettingOptions {
    private static final String CONFIG = "--config";

    private SettingOptions() {}

    static void add(CommandSpec spec, List<Setting> settings) {
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(Path.class)
                .description("A YAML file with the settings below as keys.")
                .build());
        for (Setting setting : settings) {
            spec.addOption(OptionSpec.builder("--" + setting.key())
                    .paramLabel(setting.allowed())
                    .type(String.class)
                    .description(setting.description() + " Default: " + setting.defaultValue() + ".")
                    .build());
        }
    }

    /**
     * What file and flags say.
     *
     * @throws ConfigException naming the key, the value and what is allowed
     */
    static AgentConfig.Builder read(ParseResult parsed) throws ConfigException {
        final AgentConfig.Builder config = AgentConfig.builder();
        final Path file = parsed.matchedOptionValue(CONFIG, null);
        if (file != null) {
            ConfigFile.read(file, config);
        }
        for (Setting setting : Setting.values()) {
            final String value = parsed.matchedOptionValue("--" + setting.key(), null);
            if (value != null) {
                setting.apply(config, value);
            }
        }
        return config;
    }
}
