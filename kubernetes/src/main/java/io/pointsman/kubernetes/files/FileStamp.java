package io.pointsman.kubernetes.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Shows whether a file may have changed, at the cost of one system call. Links are followed, so a link that points to
 * another file is a change. The inode's change time shows edits that keep length and modification time, and changes of
 * permissions. Equal stamps mean an unchanged file.
 */
record FileStamp(State state, Map<String, Object> attributes) {
    enum State {
        PRESENT,
        MISSING,
        /** Unknown: permission is denied on the path, or links form a loop. */
        UNKNOWN
    }

    private static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime,ctime";

    static FileStamp of(Path file) {
        try {
            return new FileStamp(State.PRESENT, Files.readAttributes(file, ATTRIBUTES));
        } catch (NoSuchFileException _) {
            return new FileStamp(State.MISSING, Map.of());
        } catch (IOException _) {
            return new FileStamp(State.UNKNOWN, Map.of()); // reading the file will say why
        }
    }

    boolean isMissing() {
        return state == State.MISSING;
    }
}
