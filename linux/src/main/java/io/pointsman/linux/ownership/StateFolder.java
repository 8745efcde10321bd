package io.pointsman.linux.ownership;

import io.pointsman.linux.ProcessUser;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * A folder of records that only its owner and root can have changed. A process that may write to it could make a process of
 * root remove objects of others, or write through a link into any file of the host. So the folder must not be a link, must
 * belong to this process's user or to root, and others may not write to it; others may write to its parent only if that is
 * sticky, as {@code /tmp} is. Its files are opened without following links.
 */
final class StateFolder {
    private static final int MODE_STICKY = 01000;
    private static final int MODE_OTHERS_WRITE = 022;
    private static final int ROOT = 0;
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;

    private StateFolder(Path path) {
        this.path = path.toAbsolutePath();
    }

    /**
     * Returns the folder at this path, whether it exists or not; makes nothing.
     *
     * @throws IOException if it exists and others may have tampered with it
     */
    static StateFolder at(Path path) throws IOException {
        final StateFolder folder = new StateFolder(path);
        if (Files.exists(folder.path, LinkOption.NOFOLLOW_LINKS)) {
            folder.requireSafe();
        }
        return folder;
    }

    /** Makes the folder if it is missing, for this user alone. */
    void create() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(path, FOLDER_MODE);
        }
        requireSafe();
    }

    private void requireSafe() throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(path + " is no folder (a link?); give the folder itself as the state directory");
        }
        final int user = number(path, "uid", LinkOption.NOFOLLOW_LINKS);
        if (user != ROOT && user != ProcessUser.current()) {
            throw new IOException(path + " belongs to user " + user + ", who could change records; check its contents,"
                    + " then chown it to root or to the user that runs this");
        }
        requireClosed(path, number(path, "mode", LinkOption.NOFOLLOW_LINKS));
        final Path parent = path.getParent();
        if (parent != null) {
            final int mode = number(parent, "mode");
            if ((mode & MODE_STICKY) == 0) {
                requireClosed(parent, mode);
            }
        }
    }

    private static int number(Path where, String attribute, LinkOption... options) throws IOException {
        return (int) Objects.requireNonNull(Files.getAttribute(where, "unix:" + attribute, options), attribute);
    }

    private static void requireClosed(Path where, int mode) throws IOException {
        if ((mode & MODE_OTHERS_WRITE) != 0) {
            throw new IOException("others may write to " + where + " (mode " + Integer.toOctalString(mode & 07777)
                    + "), so its records can't be trusted; check its contents, then chmod go-w it");
        }
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /**
     * Opens a file.
     *
     * @throws NoSuchFileException if it does not exist and the options do not create it
     */
    FileChannel open(String name, OpenOption... options) throws IOException {
        final Path file = path.resolve(name);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is no regular file (a link?); find out what created it, then remove it");
        }
        final Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS); // should it have become one meanwhile
        return FileChannel.open(file, all, FILE_MODE);
    }

    /** Opens a new, empty file for writing; removes an existing file of that name. */
    FileChannel create(String name) throws IOException {
        create();
        Files.deleteIfExists(path.resolve(name));
        return open(name, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    /** Renames a file, atomically; replaces an existing file of the new name. */
    void rename(String from, String to) throws IOException {
        Files.move(
                path.resolve(from),
                path.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    void delete(String name) throws IOException {
        Files.deleteIfExists(path.resolve(name));
    }
}
