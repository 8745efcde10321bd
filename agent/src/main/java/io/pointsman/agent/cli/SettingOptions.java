package io.pointsman.agent.cli;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConfigFile;
import io.pointsman.agent.config.KubeProxyConfiguration;
import io.pointsman.agent.config.KubeProxyField;
import io.pointsman.agent.config.Setting;
import io.pointsman.model.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Settings as command-line flags, which override the configuration file. */
final class SettingOptions {
    private static final String CONFIG = "--config";

    private SettingOptions() {}

    static void add(CommandSpec spec, List<Setting> settings) {
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(Path.class)
                .description("A YAML file with the settings below as keys, or a KubeProxyConfiguration (v1alpha1).")
                .build());
        for (Setting setting : settings) {
            spec.addOption(OptionSpec.builder("--" + setting.key())
                    .arity(setting.isSwitch() ? "0..1" : "1")
                    .fallbackValue(setting.isSwitch() ? "true" : "")
                    .paramLabel(setting.allowed())
                    .type(String.class)
                    .description(setting.description() + " Default: " + setting.defaultValue() + ".")
                    .build());
        }
    }

    /** Accepts kube-proxy's flags, too. There are many, so the documents list them and the help does not. */
    static void addKubeProxyFlags(CommandSpec spec) {
        for (KubeProxyFlag flag : KubeProxyFlag.ALL) {
            spec.addOption(OptionSpec.builder(flag.names().toArray(String[]::new))
                    .arity(flag.isSwitch() ? "0..1" : "1")
                    .fallbackValue(flag.isSwitch() ? "true" : "")
                    .type(String.class)
                    .hidden(true)
                    .build());
        }
    }

    /** Returns the file that {@code --config} names. */
    static Optional<Path> file(ParseResult parsed) {
        return Optional.ofNullable(parsed.matchedOptionValue(CONFIG, (Path) null));
    }

    /** Whether a setting is given as a flag. */
    static boolean has(ParseResult parsed, Setting setting) {
        return parsed.hasMatchedOption("--" + setting.key());
    }

    private static KubeProxyConfiguration kubeProxyFlags(ParseResult parsed) throws ConfigException {
        final KubeProxyConfiguration given = new KubeProxyConfiguration();
        for (KubeProxyFlag flag : KubeProxyFlag.ALL) {
            final String value = parsed.matchedOptionValue(flag.name(), null);
            if (value == null) {
                continue;
            }
            final KubeProxyField field = flag.field()
                    .orElseThrow(() -> new ConfigException(flag.name() + ": is not taken; " + flag.reason()));
            given.put(field, value, flag.name());
        }
        return given;
    }

    /**
     * Reads the file and the flags.
     *
     * @throws ConfigException naming the key, the value and what is allowed
     */
    static AgentConfig.Builder read(ParseResult parsed) throws ConfigException {
        return read(parsed, AgentConfig.builder());
    }

    /**
     * Reads the file and the flags into a builder, on top of its values.
     *
     * @throws ConfigException naming the key, the value and what is allowed
     */
    static AgentConfig.Builder read(ParseResult parsed, AgentConfig.Builder config) throws ConfigException {
        final KubeProxyConfiguration flags = kubeProxyFlags(parsed);
        final Optional<Path> file = file(parsed);
        if (file.isPresent()) {
            ConfigFile.read(file.get(), config, flags);
        } else {
            ConfigFile.readFlags(config, flags);
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
