package io.pointsman.kubernetes.files;

import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Path of the manifests: one file or one folder, as it was at the start. */
final class ManifestPath {
    private final Path path;
    private final boolean isFolder;

    private ManifestPath(Path path, boolean isFolder) {
        this.path = path;
        this.isFolder = isFolder;
    }

    /** @throws ConfigException if nothing is there, or nothing readable */
    static ManifestPath of(Path path) throws ConfigException {
        final ManifestPath manifests = new ManifestPath(path, Files.isDirectory(path));
        try {
            if (!manifests.isFolder) {
                Manifests.open(path).close();
            }
            manifests.scan();
        } catch (IOException e) {
            throw new ConfigException("manifests " + path + ": " + Manifests.describe(e), e);
        }
        return manifests;
    }

    Path path() {
        return path;
    }

    boolean isFolder() {
        return isFolder;
    }

    /** Returns the folder to watch for changes. */
    Path folder() {
        final Path parent = path.toAbsolutePath().getParent();
        return isFolder || parent == null ? path : parent;
    }

    /** Returns the manifests present now, by name, with their stamps. A missing single file is included. */
    Map<Path, FileStamp> scan() throws IOException {
        final Map<Path, FileStamp> stamps = new LinkedHashMap<>();
        if (!isFolder) {
            stamps.put(path, FileStamp.of(path));
            return stamps;
        }
        if (Files.exists(path) && !Files.isDirectory(path)) { // to list a pipe would wait for its writer
            throw new IOException("it was a folder at the start and is none now; restore it, or start the agent again");
        }
        final TreeSet<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, ManifestPath::isManifest)) {
            entries.forEach(files::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Path file : files) {
            final FileStamp stamp = FileStamp.of(file);
            if (!stamp.isMissing()) { // gone since it was listed
                stamps.put(file, stamp);
            }
        }
        return stamps;
    }

    /**
     * Whether a file is a manifest. Hidden files are not: editors keep locks and copies there, and ConfigMap volumes
     * versions.
     */
    private static boolean isManifest(Path file) {
        final String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return !name.startsWith(".")
                && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"))
                && !Files.isDirectory(file);
    }
}
