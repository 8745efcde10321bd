package io.pointsman.agent.doctor;

import io.pointsman.linux.ownership.StateDirectoryLock;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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
                rows.fine(subject, "is not there yet; an agent makes it");
            } else {
                rows.toDo(
                        subject,
                        "is not there, and " + there + " can't be written to by this user",
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
            rows.toDo(subject, (free >> 20) + " MiB free", "records of what is owned take some; make room");
        } else {
            rows.fine(subject, "can be written to, " + (free >> 20) + " MiB free");
        }
        try {
            final Optional<String> agent = atWork(folder);
            agent.ifPresent(who -> rows.note("agent at work", who, "what it serves is not told from what others do"));
        } catch (AccessDeniedException _) {
            rows.unseen("agent at work", "its record may not be read", "run this as root");
        }
    }

    static Optional<String> atWork(Path folder) throws IOException {
        return Files.isDirectory(folder) ? StateDirectoryLock.of(folder) : Optional.empty();
    }

    private static Path existing(Path folder) {
        Path there = folder;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
    }
}
