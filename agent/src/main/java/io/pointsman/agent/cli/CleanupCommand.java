package io.pointsman.agent.cli;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.agent.kubeproxy.KubeProxyCleanup.Extent;
import io.pointsman.agent.log.StackTrace;
import io.pointsman.linux.ownership.NamespaceMarker;
import io.pointsman.linux.ownership.StateDirectoryLock;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.CleanupReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman cleanup}: removes what backends left on this node, without an agent. */
@Command(
        name = "cleanup",
        mixinStandardHelpOptions = true,
        description =
                "Removes what backends set up on this node, by their records in the state directory and nothing else."
                        + " Needs no agent and no API server. What a running agent uses is not removed: end the agent"
                        + " first. With --kube-proxy: what kube-proxy left, of any of its modes, known by its names;"
                        + " it only lists that unless --yes is given.")
final class CleanupCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = "--mode",
            paramLabel = "NAME",
            description = "Only what this backend left (default: every backend that was found).")
    private @Nullable String mode;

    @Option(names = "--dry-run", description = "Only lists what would be removed.")
    private boolean dryRun;

    @Option(
            names = "--force",
            description = "Also removes what a running agent uses. Its clients are cut off until it detects that and"
                    + " sets it up again.")
    private boolean isForced;

    @Option(
            names = "--kube-proxy",
            description = "What kube-proxy left instead: its chains, nftables tables, virtual servers, ipsets and"
                    + " interface kube-ipvs0. What belongs to the kubelet or to other programs stays.")
    private boolean isKubeProxy;

    @Option(names = "--yes", description = "With --kube-proxy: removes it. Without this option it is only listed.")
    private boolean isMeant;

    @Option(
            names = "--backend",
            paramLabel = "KEY=VALUE",
            description = "One of the backend's own settings, with --mode; may be repeated.")
    private Map<String, String> settings = Map.of();

    static CommandLine create() {
        final CommandLine command = new CommandLine(new CleanupCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), List.of(Setting.STATE_DIRECTORY));
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        if (isKubeProxy || isMeant) {
            return cleanUpKubeProxy() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
        if (mode == null && !settings.isEmpty()) {
            throw new ConfigException("--backend: say whose setting it is with --mode");
        }
        final BackendCatalog catalog = BackendCatalog.load();
        final AgentConfig.Builder builder =
                SettingOptions.read(spec.commandLine().getParseResult());
        settings.forEach(builder::backendSetting);
        final AgentConfig config = builder.build();
        final PrintWriter err = spec.commandLine().getErr();
        catalog.failures().forEach(failure -> err.println("not loaded, so not cleaned up: " + failure));
        boolean complete = catalog.failures().isEmpty() || mode != null;
        for (BackendProvider provider : chosen(catalog)) {
            complete &= mayCleanUp(provider.name(), config, err) && cleanUp(provider, config, err);
        }
        return complete ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private boolean cleanUpKubeProxy() throws ConfigException {
        if (!isKubeProxy) {
            throw new ConfigException("--yes: goes with --kube-proxy; what backends left is removed without it");
        }
        if (mode != null || !settings.isEmpty()) {
            throw new ConfigException("--mode and --backend: say which of Pointsman's backends; --kube-proxy is none");
        }
        final Extent extent = isMeant && !dryRun ? Extent.REMOVE : Extent.LOOK;
        return new KubeProxyRemoval(
                        extent,
                        isForced,
                        spec.commandLine().getOut(),
                        spec.commandLine().getErr())
                .run();
    }

    private List<BackendProvider> chosen(BackendCatalog catalog) throws ConfigException {
        if (mode == null) {
            return catalog.providers();
        }
        final List<BackendProvider> named = catalog.providers().stream()
                .filter(provider -> provider.name().equals(mode))
                .toList();
        if (named.isEmpty()) {
            throw new ConfigException("mode: no backend is called \"" + mode + "\"; give one of "
                    + catalog.providers().stream().map(BackendProvider::name).collect(Collectors.joining(", ")));
        }
        return named;
    }

    /** Whether no agent is in the way, or {@code --force} overrides it; prints the agent if there is one. */
    private boolean mayCleanUp(String name, AgentConfig config, PrintWriter err) {
        final String what;
        try {
            final List<Long> agents = NamespaceMarker.of(name);
            if (agents.isEmpty()) {
                final Path records = records(name, config);
                final Optional<String> elsewhere = StateDirectoryLock.of(records);
                if (elsewhere.isEmpty()) {
                    return true;
                }
                what = "an agent is running according to the records in " + records + " (" + elsewhere.get() + ")";
            } else {
                what = "an agent is running in this network namespace (process "
                        + agents.stream().map(String::valueOf).collect(Collectors.joining(", ")) + ")";
            }
        } catch (IOException e) {
            return goesOn(name, "can't find out whether an agent is running (" + e.getMessage() + ")", err);
        }
        return goesOn(name, what, err);
    }

    private boolean goesOn(String name, String what, PrintWriter err) {
        if (dryRun && !isForced) {
            spec.commandLine().getOut().println(name + ": " + what + "; only with --force would be removed:");
        } else if (isForced) {
            err.println("pointsman: " + name + ": " + what + ", ignored because of --force");
        } else {
            err.println("pointsman: " + name + ": " + what + "; nothing was removed. End it first, or give --force");
        }
        return dryRun || isForced;
    }

    private static Path records(String name, AgentConfig config) {
        return config.stateDirectory().resolve(name);
    }

    /** Removes one backend's work; returns whether all of it is gone, or could be listed. */
    private boolean cleanUp(BackendProvider provider, AgentConfig config, PrintWriter err) {
        final Path records = records(provider.name(), config);
        final Map<String, String> own = provider.name().equals(config.mode()) ? config.backendSettings() : Map.of();
        try {
            final CleanupReport report = provider.cleanup(new BackendConfig(records, own), dryRun);
            print(provider.name(), report);
            report.unknown()
                    .forEach(record -> err.println("pointsman: " + provider.name() + ": can't be read: " + record
                            + "; the object that it names may still exist. Find and remove that by hand, then delete"
                            + " the line"));
            return report.unknown().isEmpty();
        } catch (BackendException e) {
            err.println("pointsman: " + e.getMessage()); // the other backends are cleaned up all the same
        } catch (RuntimeException | LinkageError e) {
            err.println("pointsman: " + provider.name() + ": cleanup failed unexpectedly");
            err.print(StackTrace.of(e) + "\n");
        }
        return false;
    }

    private void print(String name, CleanupReport report) {
        final PrintWriter out = spec.commandLine().getOut();
        final int count = report.removed().size();
        if (count == 0) {
            out.println(name + ": nothing to remove");
            return;
        }
        out.println(name + ": " + count + (dryRun ? " to remove" : " removed"));
        report.removed().forEach(line -> out.println("  " + line));
    }
}
