package io.pointsman.packaging;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A clone in which {@code ./pointsman build} was run: sources and launcher from this one, and the JARs that this test
 * runs on.
 */
final class BuiltHouse {
    private static final Path CLONE = Path.of("..").toAbsolutePath().normalize();
    private static final String VERSION = "0.1.0-SNAPSHOT";

    /** Files copied from the clone; the archive's class cache is recorded with the sample. */
    private static final List<String> PARTS = List.of(
            "pointsman",
            "pom.xml",
            "scripts",
            "packaging/image",
            "packaging/archive",
            "examples/source-ip/pointsman.yaml",
            "examples/source-ip/manifests",
            "examples/source-ip/target/classes");

    /** JARs that are on the class path only for tests. */
    private static final Pattern OF_TESTS = Pattern.compile(
            "(junit|assertj|opentest4j|apiguardian|byte-buddy|jspecify|pointsman-(testkit|testserver|example|packaging)).*");

    /** Class path entry of a module: its classes, or a JAR in its target folder. */
    private static final Pattern MODULE = Pattern.compile(".*/([^/]+)/target/(classes|pointsman-[^/]+\\.jar)");

    private final Path folder;

    private BuiltHouse(Path folder) {
        this.folder = folder;
    }

    /** Fills an empty folder. */
    static BuiltHouse in(Path folder) throws IOException {
        final BuiltHouse house = new BuiltHouse(folder);
        for (String part : PARTS) {
            copy(CLONE.resolve(part), folder.resolve(part));
        }
        Files.createDirectories(house.target().resolve("lib"));
        Files.copy(CLONE.resolve("agent/target/jvm.options"), house.target().resolve("jvm.options"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty() && !entry.endsWith("test-classes")) { // Surefire's list ends with a separator
                house.take(Path.of(entry));
            }
        }
        Files.createFile(house.target().resolve("built.stamp"));
        return house;
    }

    private void take(Path entry) throws IOException {
        final String name = jarName(entry);
        if (OF_TESTS.matcher(name).matches()) {
            return;
        }
        final Path jar = name.startsWith("pointsman-agent-")
                ? target().resolve(name)
                : target().resolve("lib").resolve(name);
        if (Files.isDirectory(entry)) {
            pack(entry, jar);
        } else {
            Files.copy(entry, jar, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private static String jarName(Path entry) {
        final Matcher module = MODULE.matcher(entry.toString());
        if (!module.matches()) {
            return String.valueOf(entry.getFileName());
        }
        final String name = module.group(1).equals("source-ip") ? "example-source-ip" : module.group(1);
        return "pointsman-" + name + "-" + VERSION + ".jar";
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file);
                Stream<Path> files = Files.walk(classes)) {
            for (Path path : files.filter(Files::isRegularFile).sorted().toList()) {
                final ZipEntry entry = new ZipEntry(classes.relativize(path).toString());
                entry.setTime(0);
                zip.putNextEntry(entry);
                Files.copy(path, zip);
                zip.closeEntry();
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                final Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.resolveSibling(""));
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** Returns the folder with the agent's build results. */
    Path target() {
        return folder.resolve("agent/target");
    }

    /** Returns all JARs of the agent. */
    List<Path> jars() throws IOException {
        try (Stream<Path> own = Files.list(target());
                Stream<Path> others = Files.list(target().resolve("lib"))) {
            return Stream.concat(own, others)
                    .filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the launcher with these arguments, on the JDK that runs this test. */
    ProcessBuilder launcher(String... words) {
        final ProcessBuilder builder =
                new ProcessBuilder("bash", folder.resolve("pointsman").toString());
        builder.command().addAll(List.of(words));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "POINTSMAN_BACKENDS", "MAVEN_ARGS"));
        return builder;
    }
}
