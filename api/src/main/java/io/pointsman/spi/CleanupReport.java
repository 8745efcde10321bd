package io.pointsman.spi;

import java.util.List;

/**
 * Objects that a cleanup removed, or would remove.
 *
 * @param removed one line for each object
 * @param unknown one sentence for each record that could not be read; its objects may still exist
 */
public record CleanupReport(boolean dryRun, List<String> removed, List<String> unknown) {
    public CleanupReport {
        removed = List.copyOf(removed);
        unknown = List.copyOf(unknown);
    }

    /** Creates a report of a cleanup that could read all records. */
    public CleanupReport(boolean dryRun, List<String> removed) {
        this(dryRun, removed, List.of());
    }
}
