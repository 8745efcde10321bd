package io.pointsman.agent.doctor;

import io.pointsman.linux.ownership.StateDirectoryLock;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Rows about the state directory, in which agents record what they own. */
final class StateRows {
    private static final long ENOUGH_BYTES = 64L << 20;

    private final Path folder;

    StateRows(Path folder) {
        this.folder = folder;
    }

    void look(Rows rows) throws IOException {
        final String subject = folder.toString();
        if (!Files.exists(folder)) {
            final Path there = existing(folder.toAbsolutePath());
            if (Files.isWritable(there)) {
                rows.fine(subject, "does not exist yet; an agent creates it");
            } else {
                rows.toDo(
                        subject,
                        "does not exist, and " + there + " can't be written to by this user",
                        "run the agent as root, or give --state-directory");
            }
            return;
        }
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            rows.toDo(
                    subject,
                    Files.isDirectory(folder) ? "can't be written to by this user" : "is no folder",
                    "run the agent as its owner, or give --state-directory");
            return;
        }
        final long free = Files.getFileStore(folder).getUsableSpace();
        if (free < ENOUGH_BYTES) {
            rows.toDo(subject, (free >> 20) + " MiB free", "the records of what backends own need space; free some");
        } else {
            rows.fine(subject, "can be written to, " + (free >> 20) + " MiB free");
        }
        try {
            agents(rows);
        } catch (AccessDeniedException _) {
            rows.unseen("running agent", "its record may not be read by this user", "run this as root");
        }
    }

    /** Adds the agents that run with this state directory, in which each mode has a folder of its own. */
    private void agents(Rows rows) throws IOException {
        final List<Path> modes;
        try (Stream<Path> folders = Files.list(folder)) {
            modes = folders.filter(Files::isDirectory).sorted().toList();
        }
        for (Path mode : modes) {
            StateDirectoryLock.of(mode)
                    .ifPresent(who -> rows.note(
                            "running agent",
                            "mode " + mode.getFileName() + ", " + who,
                            "other rows don't tell its rules and sockets from those of other programs"));
        }
    }

    private static Path existing(Path folder) {
        Path there = folder;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
    }
}
