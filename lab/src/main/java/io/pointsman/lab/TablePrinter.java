package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.lab.StepResult.Verdict;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Prints the result for people: a line for each step, a column for each mode, then the totals. */
final class TablePrinter {
    private static final int WHAT_WIDTH = 66;
    private static final int EXPECTED_WIDTH = 40;

    private final PrintWriter out;

    TablePrinter(PrintWriter out) {
        this.out = out;
    }

    void print(LabReport report) {
        final Map<String, Row> rows = Row.of(report);
        out.println();
        final StringBuilder head = new StringBuilder(pad("STEP", WHAT_WIDTH)).append(pad("EXPECTED", EXPECTED_WIDTH));
        report.modes().stream().filter(ModeReport::wasPlayed).forEach(mode -> head.append(pad(mode.mode(), 12)));
        out.println(head.toString().stripTrailing());
        String section = "";
        for (Row row : rows.values()) {
            if (!row.section().equals(section)) {
                section = row.section();
                out.println(section);
            }
            final StringBuilder line = new StringBuilder();
            line.append(pad(
                    "  " + row.what() + (row.family().equals("both") ? "" : " (" + row.family() + ")"), WHAT_WIDTH));
            line.append(pad(row.expected(), EXPECTED_WIDTH));
            for (ModeReport mode : report.modes()) {
                if (mode.wasPlayed()) {
                    final StepResult step = row.byMode().get(mode.mode());
                    line.append(pad(step == null ? "-" : word(step), 12));
                }
            }
            out.println(line.toString().stripTrailing());
        }
        out.println();
        report.modes().forEach(mode -> out.println(summary(mode)));
        out.printf("%.1f s%n", report.seconds());
    }

    private static String word(StepResult step) {
        return switch (step.verdict()) {
            case PASSED -> "pass";
            case FAILED -> "FAIL";
            case SKIPPED -> "skipped";
        };
    }

    private static String summary(ModeReport mode) {
        if (!mode.wasPlayed()) {
            return mode.mode() + ": not played: " + mode.reason();
        }
        final Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("passed", mode.count(Verdict.PASSED));
        counts.put("failed", mode.count(Verdict.FAILED));
        counts.put("skipped", mode.count(Verdict.SKIPPED));
        return mode.mode() + ": "
                + String.join(
                        ", ",
                        counts.entrySet().stream()
                                .map(count -> count.getValue() + " " + count.getKey())
                                .toList());
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
    }
}
