package io.pointsman.kubernetes.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Tells whether a file may have changed, at the cost of one system call. Links are followed, so that a link that leads to
 * another file is a change; the time of the inode's change tells of edits that keep length and modification time, and of
 * permissions. Two are equal when nothing has changed.
 */
record FileStamp(State state, Map<String, Object> attributes) {
    enum State {
        PRESENT,
        MISSING,
        /** Nobody can tell: the way there is barred, or a loop of links. */
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
