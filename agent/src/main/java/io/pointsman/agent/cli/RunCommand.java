package io.pointsman.agent.cli;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.kubernetes.files.FileWatch;
import io.pointsman.model.ConfigException;
import io.pointsman.model.PointsmanException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code pointsman run}: runs the agent until the process is asked to end. Its flags are the {@link Setting}s. */
final class RunCommand implements Callable<Integer> {
    private static final String BACKEND = "--backend";
    private static final String QUIET = "--quiet";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private RunCommand() {}

    static CommandLine create() {
        final CommandSpec spec = new RunCommand().spec;
        spec.name("run").mixinStandardHelpOptions(true);
        spec.usageMessage()
                .description(
                        "Forwards until it is stopped (Ctrl-C, SIGTERM). Manifest or cluster, and the configuration"
                                + " file, are watched: a change takes effect at once, a broken one is reported and"
                                + " changes nothing.")
                .footer(
                        "",
                        "Exit code: 1 it can't start, 2 wrong arguments, 3 it can't continue (start it again).",
                        "",
                        "A flag overrides the same key in the configuration file. kube-proxy's flags are taken, too,"
                                + " and its configuration file: docs/kube-proxy-configuration.md. Examples:",
                        "  pointsman run",
                        "  pointsman run --manifest services.yaml --node $(hostname)",
                        "  pointsman run --kubeconfig /etc/kubernetes/kubelet.conf --node $(hostname)",
                        "  pointsman run --mode auto --manifest manifests/ --cluster-cidr 10.244.0.0/16",
                        "  pointsman run --config pointsman.yaml --backend connect-timeout=2s",
                        "  pointsman run --config /var/lib/kube-proxy/config.conf");
        SettingOptions.add(spec, List.of(Setting.values()));
        SettingOptions.addKubeProxyFlags(spec);
        spec.addOption(OptionSpec.builder(BACKEND)
                .paramLabel("KEY=VALUE")
                .type(Map.class)
                .auxiliaryTypes(String.class, String.class)
                .description("One of the backend's own settings; may be repeated.")
                .build());
        spec.addOption(OptionSpec.builder(QUIET)
                .type(boolean.class)
                .description("Only log; don't print which addresses answer.")
                .build());
        return new CommandLine(spec).setUsageHelpWidth(100);
    }

    @Override
    public Integer call() throws PointsmanException, InterruptedException {
        final ParseResult parsed = spec.commandLine().getParseResult();
        final AgentConfig config = config(parsed);
        final PrintWriter out = spec.commandLine().getOut();
        final boolean quiet = parsed.hasMatchedOption(QUIET);
        final Screen screen = new Screen(out, config);
        final StartGarbage garbage = new StartGarbage();
        final ProcessEnd end = ProcessEnd.start();
        final Agent agent = Agent.start(config, end.tellingOfFailure(status -> {
            garbage.collect();
            if (!quiet) {
                screen.show(status);
            }
        }));
        final Optional<FileWatch> watch =
                SettingOptions.file(parsed).map(file -> ConfigReload.follow(file, () -> config(parsed), agent));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            end.within(ProcessEnd.TERMINATED);
            watch.ifPresent(FileWatch::close);
            agent.close();
        }));
        end.awaitFailure();
        end.within(ProcessEnd.FAILED);
        watch.ifPresent(FileWatch::close);
        agent.close();
        return ProcessEnd.FAILED;
    }

    private static AgentConfig config(ParseResult parsed) throws ConfigException {
        final AgentConfig.Builder config = SettingOptions.read(parsed);
        final Map<String, String> backend = parsed.matchedOptionValue(BACKEND, Map.of());
        backend.forEach(config::backendSetting);
        return config.build();
    }
}
