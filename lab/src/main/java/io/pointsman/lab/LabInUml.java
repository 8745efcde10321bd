package io.pointsman.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.testkit.uml.UmlProgram;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Plays a mode that this machine's kernel can't run on one that may: the same lab inside User Mode Linux. */
final class LabInUml {
    /** Property set inside, so that no further kernel is booted there. */
    static final String INSIDE = "pointsman.lab.inside-uml";

    private static final String ANSWERS = "pointsman.lab.answers";
    private static final String TYPED = "typed";
    private static final String CAPTURES = "captures";
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final Duration STEPWISE_LIMIT = Duration.ofHours(2);
    private static final List<String> MODULES =
            List.of("ip_vs", "nf_conntrack_netlink", "dummy", "veth", "bridge", "br_netfilter", "af_packet");
    /** JVM flags inside, as User Mode Linux is slow with C2 and concurrent collectors. */
    private static final List<String> JVM_FLAGS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.io.tmpdir=/run/tmp");

    /** JVM flags that map the cache's classes at their original addresses, as relocation touches every page. */
    static final List<String> START_FLAGS = List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0");

    private final String mode;
    private final LabRun.Options options;
    private final Progress progress;
    private final Path folder;

    /** @param folder its own folder, to be created; programs inside can write only there */
    LabInUml(String mode, LabRun.Options options, Progress progress, Path folder) {
        this.mode = mode;
        this.options = options;
        this.progress = progress;
        this.folder = folder;
    }

    static boolean isInside() {
        return Boolean.getBoolean(INSIDE);
    }

    /** Returns the file where a lab inside reads what is typed outside; empty outside. */
    static Optional<Path> answers() {
        return Optional.ofNullable(System.getProperty(ANSWERS)).map(Path::of);
    }

    /** Plays the mode; if that fails, the report says why. */
    ModeReport play() throws InterruptedException {
        progress.say(mode + ": this kernel can't run it; played inside User Mode Linux");
        try {
            final UmlProgram uml = new UmlProgram(Files.createDirectories(folder), MODULES, limit());
            final Relay relay = new Relay(uml.errors(), folder.resolve(TYPED), progress);
            final Thread relaying =
                    Thread.ofPlatform().daemon().name("lab relay " + mode).start(relay::work);
            try {
                uml.run(command());
            } finally {
                relay.end();
                relaying.join();
                takeCaptures();
            }
            return result(uml);
        } catch (IOException e) {
            return new ModeReport(mode, "inside User Mode Linux: " + e.getMessage(), List.of());
        }
    }

    /** Returns the time limit; a person who steps through may take an hour. */
    private Duration limit() {
        return progress.isStepwise() ? STEPWISE_LIMIT : LIMIT;
    }

    private ModeReport result(UmlProgram uml) throws IOException {
        final String output = Files.readString(uml.output());
        if (output.isBlank()) {
            throw new IOException(Files.readString(uml.errors()));
        }
        return LabJson.read(new ObjectMapper().readTree(output)).stream()
                .filter(report -> report.mode().equals(mode))
                .findFirst()
                .orElseThrow(() -> new IOException("no mode " + mode + " in " + output));
    }

    private void takeCaptures() throws IOException {
        final Path captures = folder.resolve(CAPTURES);
        if (options.pcap().isPresent() && Files.isDirectory(captures)) {
            final Path wanted = Files.createDirectories(options.pcap().get());
            try (Stream<Path> files = Files.list(captures)) {
                for (Path file : files.toList()) {
                    Files.copy(file, wanted.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private List<String> command() {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(JVM_FLAGS);
        command.addAll(START_FLAGS);
        command.add("-D" + INSIDE + "=true");
        command.add("-D" + ANSWERS + "=" + folder.resolve(TYPED).toAbsolutePath());
        for (String property : AgentProgram.PROPERTIES) {
            final String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + absolute(value));
            }
        }
        command.addAll(List.of("-cp", absolute(System.getProperty("java.class.path")), LabMain.class.getName()));
        command.addAll(List.of(
                "--mode",
                mode,
                "--source",
                options.source().name().toLowerCase(Locale.ROOT),
                "--output",
                "json",
                "--family"));
        command.add(String.join(
                ",",
                options.families().stream()
                        .map(family -> family.name().toLowerCase(Locale.ROOT))
                        .toList()));
        if (progress.isStepwise()) {
            command.add("--step");
        }
        if (options.pcap().isPresent()) {
            command.addAll(
                    List.of("--pcap", folder.resolve(CAPTURES).toAbsolutePath().toString()));
        }
        return command;
    }

    private static String absolute(String classPath) {
        return String.join(
                ":",
                Stream.of(classPath.split(":", -1))
                        .filter(part -> !part.isEmpty())
                        .map(part -> Path.of(part).toAbsolutePath().toString())
                        .toList());
    }
}
