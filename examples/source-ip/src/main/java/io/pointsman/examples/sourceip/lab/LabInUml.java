package io.pointsman.examples.sourceip.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.examples.sourceip.lab.LabReport.ModeReport;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.uml.UmlProgram;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Plays a mode that this machine's kernel can't carry on one that may: inside User Mode Linux, the same lab. */
final class LabInUml {
    /** Set inside: there, nothing is played one level deeper. */
    static final String INSIDE = "pointsman.lab.inside-uml";

    private static final Duration LIMIT = Duration.ofMinutes(6);
    private static final List<String> MODULES =
            List.of("ip_vs", "nf_conntrack_netlink", "dummy", "veth", "bridge", "br_netfilter", "af_packet");
    /** User Mode Linux is slow at what C2 and a concurrent collector do. */
    private static final List<String> JVM_FLAGS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.io.tmpdir=/run/tmp");

    private LabInUml() {}

    static boolean isInside() {
        return Boolean.getBoolean(INSIDE);
    }

    /** What came of it; the report of a mode that was not played says why. */
    static ModeReport play(String mode, List<IpFamily> families, Path folder) throws InterruptedException {
        try {
            final UmlProgram uml = new UmlProgram(Files.createDirectories(folder), MODULES, LIMIT);
            uml.run(command(mode, families));
            final String output = Files.readString(uml.output());
            if (output.isBlank()) {
                return new ModeReport(mode, "inside User Mode Linux: " + Files.readString(uml.errors()), List.of());
            }
            return LabJson.read(new ObjectMapper().readTree(output)).stream()
                    .filter(report -> report.mode().equals(mode))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no mode " + mode + " in " + output));
        } catch (IOException e) {
            return new ModeReport(mode, "inside User Mode Linux: " + e.getMessage(), List.of());
        }
    }

    private static List<String> command(String mode, List<IpFamily> families) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(JVM_FLAGS);
        command.add("-D" + INSIDE + "=true");
        for (String property : AgentProgram.PROPERTIES) {
            final String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + absolute(value));
            }
        }
        command.addAll(List.of("-cp", absolute(System.getProperty("java.class.path")), LabMain.class.getName()));
        command.addAll(List.of("--mode", mode, "--output", "json", "--family"));
        command.add(String.join(
                ",",
                families.stream()
                        .map(family -> family.name().toLowerCase(Locale.ROOT))
                        .toList()));
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
