package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A step in all modes.
 *
 * @param expected text that is the same in every run
 */
record Row(String section, String what, String family, String expected, Map<String, StepResult> byMode) {
    /** Returns the rows in the order they were played, by section, step and family. */
    static Map<String, Row> of(LabReport report) {
        final Map<String, Row> rows = new LinkedHashMap<>();
        for (ModeReport mode : report.modes()) {
            for (StepResult step : mode.steps()) {
                rows.computeIfAbsent(
                                step.section() + "\n" + step.what() + "\n" + step.family(),
                                _ -> new Row(
                                        step.section(),
                                        step.what(),
                                        step.family(),
                                        step.expected(),
                                        new LinkedHashMap<>()))
                        .byMode()
                        .put(mode.mode(), step);
            }
        }
        return rows;
    }
}
