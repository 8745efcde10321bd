package io.pointsman.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Everything tried by a process without any privilege, in a network namespace that it does not own. */
class UnprivilegedTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @TempDir
    Path folder;

    @Test
    void shouldDoWhatTheKernelLetsItAndSayWhatItNeedsForTheRest() throws Exception {
        final Map<String, String> outcomes = new HashMap<>();
        final List<String> lines = probe();
        lines.forEach(
                line -> outcomes.put(line.split(" = ", 2)[0], line.contains(" = ") ? line.split(" = ", 2)[1] : ""));
        assertThat(lines).as("the process came to its end").endsWith("end");

        assertThat(outcomes)
                .containsEntry("capabilities", "0")
                .containsEntry("links", "1")
                .containsEntry("link", "true")
                .containsEntry("addresses", "0")
                .containsEntry("routes", "0")
                .containsEntry("rules", "true")
                .containsEntry("noSuchFamily", "false")
                .containsEntry("genetlink", "false")
                .containsEntry("readSysctl", "true")
                .containsEntry("trySysctl", "REFUSED");
        assertThat(outcomes.get("addLink")).contains("making interface br0", "EPERM", "needs CAP_NET_ADMIN");
        assertThat(outcomes.get("addRoute")).contains("adding Route", "203.0.113.1", "EPERM", "needs CAP_NET_ADMIN");
        assertThat(outcomes.get("addAddress")).contains("203.0.113.1", "EPERM", "needs CAP_NET_ADMIN");
        assertThat(outcomes.get("conntrack")).contains("listing IPv4 connections", "EPERM", "needs CAP_NET_ADMIN");
        assertThat(outcomes.get("conntrackEvents"))
                .contains("subscribing to connections that come", "EPERM", "needs CAP_NET_ADMIN");
        assertThat(outcomes.get("createNamespace"))
                .contains("making network namespace pmtest-never", "EPERM", "needs CAP_SYS_ADMIN");
        assertThat(outcomes.get("enterNamespace")).contains("/proc/1/ns/net", "EACCES", "CAP_SYS_PTRACE");
        for (String name : List.of("nftablesCommit", "nftablesLarge", "nftablesList", "nftablesDryRun")) {
            assertThat(outcomes.get(name)).as(name).contains("EPERM", "needs CAP_NET_ADMIN");
        }
        assertThat(outcomes.get("capture")).contains("opening a socket", "EPERM", "needs CAP_NET_RAW");
        assertThat(outcomes.get("raw")).contains("opening a socket", "EPERM", "needs CAP_NET_RAW");
        assertThat(outcomes.get("mustSysctl"))
                .contains("net.ipv4.ip_forward", "permission denied", "needs CAP_NET_ADMIN");
    }

    /**
     * Returns the output lines of a child that runs as user nobody, with copies of the classes that this user may not read.
     */
    private List<String> probe() throws Exception {
        final Path classes = folder.resolve("classes");
        copy(classOutput(KernelException.class), classes);
        copy(classOutput(IpAddress.class), classes);
        copy(classOutput(UnprivilegedProbe.class), classes);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        final NetworkNamespace namespace = namespaces.create();
        final ProcessBuilder child = new ProcessBuilder(
                        "setpriv",
                        "--reuid=65534",
                        "--regid=65534",
                        "--clear-groups",
                        "--no-new-privs",
                        "--bounding-set=-all",
                        "--inh-caps=-all",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classes.toString(),
                        UnprivilegedProbe.class.getName())
                .directory(folder.toFile())
                .redirectErrorStream(true);
        try {
            final Process process = namespace.call(child::start);
            final List<String> lines;
            try (Stream<String> output = process.inputReader().lines()) {
                lines = output.toList();
            }
            final int exit = process.waitFor();
            Assumptions.assumeFalse(
                    exit == 126 || exit == 127, () -> "no child without privileges can be started: " + lines);
            assertThat(exit).as("exit code; the child said %s", lines).isZero();
            return lines;
        } catch (IOException e) {
            Assumptions.abort("no setpriv here, or no child can be started with it: " + e.getMessage());
            throw e;
        }
    }

    private static Path classOutput(Class<?> type) throws URISyntaxException {
        final CodeSource source = type.getProtectionDomain().getCodeSource();
        return Path.of(source.getLocation().toURI());
    }

    /** Copies a folder of classes, or a jar, into one folder that every user may read. */
    private static void copy(Path from, Path to) throws IOException {
        if (Files.isRegularFile(from)) {
            try (FileSystem jar = FileSystems.newFileSystem(from)) {
                copyTree(jar.getPath("/"), to);
            }
        } else {
            copyTree(from, to);
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        final List<Path> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(from)) {
            walk.forEach(files::add);
        }
        for (Path file : files) {
            final Path target = to.resolve(from.relativize(file).toString());
            if (Files.isDirectory(file)) {
                Files.createDirectories(target);
                Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
            } else if (file.toString().endsWith(".class") && !file.endsWith("module-info.class")) {
                Files.copy(file, target);
                Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
            }
        }
    }
}
