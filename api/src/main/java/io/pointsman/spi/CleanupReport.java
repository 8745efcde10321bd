package io.pointsman.spi;

import java.util.List;

/**
 * What a cleanup removed, or would remove.
 *
 * @param removed one line for each object
 */
public record CleanupReport(boolean dryRun, List<String> removed) {
    public CleanupReport {
        removed = List.copyOf(removed);
    }
}
