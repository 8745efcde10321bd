package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.kubernetes.api.ApiReader;
import io.pointsman.kubernetes.decode.ObjectWriter;
import io.pointsman.model.ClusterObject;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The last good state of one cluster on disk, as a Kubernetes list that {@code --manifest} can read too. Written to a draft
 * that then replaces the file, so that a reader sees an old or a new state and never a part of one.
 */
final class SavedState {
    /** Place of problems with saved states. */
    static final String PLACE = "saved state";

    private static final int NAME_BYTES = 8;

    private final Path file;

    /** A state and the time it was saved. */
    record Saved(List<ClusterObject> objects, Instant at) {}

    /** @param cluster identifies the cluster; the state of another one is ignored */
    SavedState(Path folder, String cluster) {
        file = folder.resolve("cluster-" + hash(cluster) + ".json");
    }

    private static String hash(String text) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    Path file() {
        return file;
    }

    /** Writes the whole state; on failure the old one stays. */
    void write(Collection<ClusterObject> objects) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        final Path draft = file.resolveSibling(file.getFileName() + ".draft");
        try {
            Files.deleteIfExists(draft);
            try (FileChannel channel = FileChannel.open(
                    draft,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                final OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                ObjectWriter.write(objects, out);
                out.flush();
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(draft); // frees the space, in case the disk is full
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Reads the state; empty if there is none.
     *
     * @throws IOException if it can't be read as a whole
     */
    Optional<Saved> read() throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            final List<ClusterObject> objects = new ArrayList<>();
            final List<String> refused = new ArrayList<>();
            ApiReader.ofAnyKind(in).page(Runtime.getRuntime().maxMemory() / 2, item -> {
                switch (item) {
                    case ApiItem.Taken taken -> objects.add(taken.object());
                    case ApiItem.Refused(var key, String what, String reason) -> refused.add(what + ": " + reason);
                    case ApiItem.Useless useless -> {}
                }
            });
            if (!refused.isEmpty()) {
                throw new IOException(refused.getFirst());
            }
            return Optional.of(
                    new Saved(objects, Files.getLastModifiedTime(file).toInstant()));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }
}
