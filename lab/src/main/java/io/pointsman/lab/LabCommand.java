package io.pointsman.lab;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Command line of {@code ./pointsman lab}. */
@Command(
        name = "pointsman lab",
        mixinStandardHelpOptions = true,
        description =
                "Plays Kubernetes' tutorial \"Using Source IP\" on one machine: its cluster in network namespaces, an agent"
                        + " on each node, both kinds of load balancer, and what the server sees of the client, expected and"
                        + " observed. Takes root; touches nothing of the machine's own and leaves nothing behind.",
        footer = {
            "",
            "Exit status: 0 when every step that could be played passed; 1 when one failed, a mode that was named could not be"
                    + " played, or nothing could; 2 when the words here are not understood.",
            "Examples:",
            "  pointsman lab",
            "  pointsman lab --mode iptables --family ipv4 --step",
            "  pointsman lab --source api --mode iptables,userspace",
            "  pointsman lab --report lab.html --pcap captures"
        })
final class LabCommand implements Callable<Integer> {
    static final String ALL = "all";

    /** Format of the result. */
    enum Output {
        TABLE,
        JSON
    }

    @Option(
            names = "--mode",
            paramLabel = "NAME,...|all",
            split = ",",
            description = "The backends to play it with (default: all that can run here).")
    private List<String> modes = List.of(ALL);

    @Option(names = "--family", paramLabel = "ipv4|ipv6", split = ",", description = "Only this one (default: both).")
    private List<IpFamily> families = Arrays.asList(IpFamily.values());

    @Option(
            names = "--source",
            paramLabel = "file|api",
            description = "Where agents read the cluster's objects: a file that they watch, or an API server over HTTP"
                    + " (default: file).")
    private Source source = Source.FILE;

    @Option(names = "--no-uml", description = "Don't boot User Mode Linux for backends that this kernel can't carry.")
    private boolean noUml;

    @Option(names = "--step", description = "Wait for Enter before each step.")
    private boolean step;

    @Option(
            names = "--keep",
            description = "Leave the last cluster up, say how to enter its hosts, and wait for Ctrl-C.")
    private boolean keep;

    @Option(names = "--pcap", paramLabel = "DIR", description = "Write every host's packets to files there.")
    private @Nullable Path pcap;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            description = "How the result is written (default: table). Progress then goes to standard error.")
    private Output output = Output.TABLE;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write an HTML page with each packet's way, hop by hop.")
    private @Nullable Path report;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description =
                    "Put the result as a table between the lines <!-- lab table --> and <!-- /lab table --> of it.")
    private @Nullable Path markdown;

    @Override
    public Integer call() throws IOException, InterruptedException {
        final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        final PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        final Optional<String> unavailable = Lab.unavailable();
        if (unavailable.isPresent()) {
            err.println("pointsman lab: " + unavailable.get()
                    + "; it takes Linux and root. ./pointsman run shows the same Services without.");
            return 1;
        }
        final BackendCatalog catalog = BackendCatalog.load();
        final List<String> known =
                catalog.providers().stream().map(BackendProvider::name).toList();
        for (String mode : modes) {
            if (!mode.equals(ALL) && !known.contains(mode)) {
                err.println("pointsman lab: --mode " + mode + ": there is no backend of that name; there are "
                        + String.join(", ", known) + " and " + ALL + ".");
                return 2;
            }
        }
        requireWritable();
        final Progress progress = new Progress(output == Output.JSON ? err : out, input(), step);
        final LabRun.Options options =
                new LabRun.Options(modes, families, source, !noUml, keep, Optional.ofNullable(pcap));
        final AtomicBoolean isPassed = new AtomicBoolean();
        new LabRun(catalog, options, progress).run(result -> {
            isPassed.set(result.isPassed() && options.modes().stream().allMatch(mode -> result.wasPlayed(mode)));
            show(result, out);
        });
        return isPassed.get() ? 0 : 1;
    }

    /** Checks output files at the start, not after minutes of work. */
    private void requireWritable() throws IOException {
        if (report != null) {
            final Path parent = report.toAbsolutePath().getParent();
            if (parent == null || !Files.isWritable(parent) || Files.isDirectory(report)) {
                throw new IOException("--report " + report + " can't be written");
            }
        }
        if (markdown != null) {
            MarkdownTable.requireMarks(markdown);
        }
        if (pcap != null) {
            Files.createDirectories(pcap);
        }
    }

    private void show(LabReport result, PrintWriter out) throws IOException {
        if (report != null) {
            HtmlReport.write(report, result);
        }
        if (markdown != null) {
            MarkdownTable.replaceIn(markdown, result);
        }
        switch (output) {
            case TABLE -> new TablePrinter(out).print(result);
            case JSON -> out.println(LabJson.of(result));
        }
    }

    private static Progress.Input input() {
        if (LabInUml.answers().isPresent()) {
            final FollowedFile typed = new FollowedFile(LabInUml.answers().get());
            return typed::await;
        }
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        return in::readLine;
    }
}
