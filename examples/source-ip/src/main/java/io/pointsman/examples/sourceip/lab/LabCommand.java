package io.pointsman.examples.sourceip.lab;

import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The words after {@code ./pointsman lab}. */
@Command(
        name = "pointsman lab",
        mixinStandardHelpOptions = true,
        description =
                "Plays Kubernetes' tutorial \"Using Source IP\" on one machine: its cluster in network namespaces, an agent"
                        + " on each node, both kinds of load balancer, and what the server sees of the client, expected and"
                        + " observed. Takes root; touches nothing of the machine's own and leaves nothing behind.",
        footer = {
            "",
            "Exit status: 0 when every step that could be played passed, 1 when one failed or nothing could be played.",
            "Examples:",
            "  pointsman lab",
            "  pointsman lab --mode iptables --family ipv4 --step",
            "  pointsman lab --report lab.html --pcap captures"
        })
final class LabCommand implements Callable<Integer> {
    static final String ALL = "all";

    /** How the result is written. */
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
        final Progress progress = new Progress(
                output == Output.JSON ? err : out,
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())),
                step);
        final LabRun.Options options = new LabRun.Options(modes, families, !noUml, keep, Optional.ofNullable(pcap));
        final LabReport result = new LabRun(options, progress).run();
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
        return result.isPassed() ? 0 : 1;
    }
}
