package io.pointsman.linux.testing;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few pages in a test's folder, to be filled up or made read-only; gone when closed. */
public final class SmallDisk implements AutoCloseable {
    private static final String FILLING = "filling";

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts a disk on a new folder; skips the test, with the reason, if none can be mounted. */
    public static SmallDisk mount(Path folder) throws IOException {
        Files.createDirectory(folder);
        final ProgramResult result = Programs.ofNobody()
                .run("mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "pointsman-test", folder.toString());
        Assumptions.assumeTrue(result.isSuccess(), () -> "no tmpfs can be mounted here: " + result.complaint());
        return new SmallDisk(folder);
    }

    public Path folder() {
        return folder;
    }

    /** Fills the disk, to the last page. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(FILLING))) {
            final byte[] page = new byte[4 << 10];
            for (int i = 0; i < 1_000; i++) {
                out.write(page);
            }
            throw new IllegalStateException("it has no end");
        } catch (IOException _) {
            return; // full
        }
    }

    /** Frees the space again. */
    public void empty() throws IOException {
        Files.delete(folder.resolve(FILLING));
    }

    public void setReadOnly(ReadOnly how) throws IOException {
        Programs.ofNobody().require("", "mount", "-o", "remount," + how.option, folder.toString());
    }

    /** Whether the disk is read-only. */
    public enum ReadOnly {
        YES("ro"),
        NO("rw");

        private final String option;

        ReadOnly(String option) {
            this.option = option;
        }
    }

    @Override
    public void close() throws IOException {
        Programs.ofNobody().require("", "umount", "-l", folder.toString());
    }
}
