package io.pointsman.agent.cli;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.model.ConfigException;
import io.pointsman.nat.counters.CounterFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman stat}: prints an engine's counters, read from outside its process. */
@Command(
        name = "stat",
        mixinStandardHelpOptions = true,
        description = "Prints the counters of the running or last engine, from the file that it maps.")
final class StatCommand implements Callable<Integer> {
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final List<Setting> SETTINGS = List.of(Setting.STATE_DIRECTORY, Setting.MODE);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "The file (default: counters.dat where the backend of the mode keeps its state).")
    private @Nullable Path file;

    @Option(names = "--watch", description = "Prints them every second, until it is stopped (Ctrl-C).")
    private boolean watch;

    @Option(names = "--all", description = "Prints counters that are 0 too.")
    private boolean all;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new StatCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), SETTINGS);
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        final PrintWriter out = spec.commandLine().getOut();
        final Path path = path();
        try (CounterFile counters = CounterFile.open(path)) {
            print(counters, out);
            while (watch) {
                Thread.sleep(PERIOD);
                out.println();
                print(counters, out);
            }
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    "there is no counters file " + path + ": no engine has run there; name another with --file,"
                            + " --state-directory or --mode",
                    e);
        } catch (AccessDeniedException e) {
            throw new ConfigException("counters file " + path + " may not be read by this user", e);
        } catch (IOException e) {
            throw new ConfigException("counters: " + e.getMessage(), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // asked to end
        }
        return 0;
    }

    private Path path() throws ConfigException {
        if (file != null) {
            return file;
        }
        final AgentConfig config =
                SettingOptions.read(spec.commandLine().getParseResult()).build();
        return config.stateDirectory().resolve(config.mode()).resolve("counters.dat");
    }

    private void print(CounterFile counters, PrintWriter out) {
        final boolean runs = ProcessHandle.of(counters.processId())
                .map(ProcessHandle::isAlive)
                .orElse(false);
        out.println("process " + counters.processId() + (runs ? "" : " (ended)") + ", started "
                + seconds(counters.started()) + ", counted up to " + seconds(counters.published()));
        for (CounterFile.Counter counter : counters.read()) {
            if (all || counter.value() != 0) {
                out.printf("%20d  %s%n", counter.value(), counter.name());
            }
        }
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }
}
