package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ServiceSource.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads a manifest file once. */
public final class Manifests {
    private Manifests() {}

    /**
     * Objects and problems of a file.
     *
     * @param objects in the order of the file
     * @param problems one for each invalid object
     */
    public record Contents(List<ClusterObject> objects, List<Problem> problems) {
        public Contents {
            objects = List.copyOf(objects);
            problems = List.copyOf(problems);
        }
    }

    /**
     * Reads the objects of a YAML or JSON file.
     *
     * @throws ConfigException if the file as a whole can't be read; names file, line and reason
     */
    public static Contents read(Path file) throws ConfigException {
        try {
            final Manifest manifest = read(file, ManifestLimits.DEFAULT);
            return new Contents(
                    manifest.objects().values().stream()
                            .map(Manifest.Placed::object)
                            .toList(),
                    manifest.problems());
        } catch (UnreadableException e) {
            throw new ConfigException(ManifestReport.place(file.toString(), e.line()) + ": " + e.getMessage(), e);
        }
    }

    static Manifest read(Path file, ManifestLimits limits) throws UnreadableException {
        return ManifestParser.parse(file.toString(), bytes(file, limits), limits);
    }

    /** Reads a file's bytes, up to the limit. */
    static byte[] bytes(Path file, ManifestLimits limits) throws UnreadableException {
        final int max = Math.toIntExact(limits.affordableFileBytes());
        try (InputStream in = open(file)) {
            final byte[] bytes = in.readNBytes(max + 1);
            if (bytes.length > max) {
                throw new UnreadableException(
                        0,
                        "is larger than " + max + " bytes, the most that is read"
                                + (max < limits.fileBytes() ? " with this heap (an eighth of it; see -Xmx)" : "")
                                + "; split the file");
            }
            return bytes;
        } catch (IOException e) {
            throw new UnreadableException(0, describe(e), e);
        }
    }

    /** Opens a regular file. Refuses pipes and devices, which may be endless or block on opening. */
    static InputStream open(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is neither a regular file nor a folder");
        }
        return Files.newInputStream(file);
    }

    /** Returns why a file can't be read and what to do. */
    static String describe(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "there is no such file; create it or correct the path";
            case AccessDeniedException _ -> "may not be read by this user; change its permissions or owner";
            default -> "can't be read: " + Quoted.plain(String.valueOf(failure.getMessage()));
        };
    }
}
