package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.lab.StepResult.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result as a table of a Markdown page, between two marks: one line for each step, with both families. */
final class MarkdownTable {
    static final String START = "<!-- lab table -->";
    static final String END = "<!-- /lab table -->";

    private MarkdownTable() {}

    /**
     * Replaces the text between the marks.
     *
     * @throws IOException also if the page has no marks
     */
    static void replaceIn(Path page, LabReport report) throws IOException {
        requireMarks(page);
        final String text = Files.readString(page);
        final int start = text.indexOf(START);
        final int end = text.indexOf(END);
        Files.writeString(
                page,
                text.substring(0, start + START.length())
                        + "\n"
                        + String.join("\n", lines(report))
                        + "\n"
                        + text.substring(end));
    }

    /** @throws IOException if the page has no marks, or can't be read */
    static void requireMarks(Path page) throws IOException {
        final String text = Files.readString(page);
        final int start = text.indexOf(START);
        if (start < 0 || text.indexOf(END) < start) {
            throw new IOException(page + " has no lines " + START + " and " + END);
        }
    }

    static List<String> lines(LabReport report) {
        final List<ModeReport> played =
                report.modes().stream().filter(ModeReport::wasPlayed).toList();
        final List<String> lines = new ArrayList<>();
        final StringBuilder head = new StringBuilder("| step | expected |");
        final StringBuilder rule = new StringBuilder("|---|---|");
        played.forEach(mode -> {
            head.append(' ').append(mode.mode()).append(" |");
            rule.append("---|");
        });
        lines.add(head.toString());
        lines.add(rule.toString());
        final Map<String, List<Row>> steps = new LinkedHashMap<>();
        Row.of(report).values().forEach(row -> steps.computeIfAbsent(
                        row.section() + "\n" + row.what(), _ -> new ArrayList<>())
                .add(row));
        String section = "";
        for (List<Row> rows : steps.values()) {
            if (!rows.getFirst().section().equals(section)) {
                section = rows.getFirst().section();
                lines.add("| **" + escaped(section) + "** | |" + " |".repeat(played.size()));
            }
            lines.add(line(rows, played));
        }
        return lines;
    }

    private static String line(List<Row> rows, List<ModeReport> played) {
        final StringBuilder line = new StringBuilder();
        line.append("| ").append(escaped(rows.getFirst().what())).append(" | ");
        line.append(String.join(
                "<br>",
                rows.stream()
                        .map(row -> "`" + row.expected() + "`")
                        .distinct()
                        .map(MarkdownTable::escaped)
                        .toList()));
        line.append(" |");
        for (ModeReport mode : played) {
            line.append(' ').append(word(rows, mode.mode())).append(" |");
        }
        return line.toString();
    }

    private static String word(List<Row> rows, String mode) {
        final List<Verdict> verdicts = new ArrayList<>();
        for (Row row : rows) {
            final StepResult step = row.byMode().get(mode);
            if (step != null) {
                verdicts.add(step.verdict());
            }
        }
        if (verdicts.isEmpty()) {
            return "-";
        }
        if (verdicts.contains(Verdict.FAILED)) {
            return "**fails**";
        }
        return verdicts.contains(Verdict.SKIPPED) ? "skipped" : "✓";
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|");
    }
}
