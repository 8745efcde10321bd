package io.pointsman.spi;

import java.util.List;

/**
 * What a cleanup removed, or would remove.
 *
 * @param removed one line for each object
 * @param unknown a sentence for each record that could not be read: what it is of may be there still
 */
public record CleanupReport(boolean dryRun, List<String> removed, List<String> unknown) {
    public CleanupReport {
        removed = List.copyOf(removed);
        unknown = List.copyOf(unknown);
    }

    /** One of all that was on record. */
    public CleanupReport(boolean dryRun, List<String> removed) {
        this(dryRun, removed, List.of());
    }
}
