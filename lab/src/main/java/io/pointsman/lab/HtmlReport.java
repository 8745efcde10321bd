package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.lab.StepResult.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/** The result as one self-contained HTML file: expected and observed values, and a picture of each packet's path. */
final class HtmlReport {
    private final StringBuilder page = new StringBuilder(1 << 18);

    private HtmlReport() {}

    static void write(Path file, LabReport report) throws IOException {
        Files.writeString(file, of(report));
    }

    static String of(LabReport report) throws IOException {
        final HtmlReport html = new HtmlReport();
        html.head(report);
        html.summary(report);
        report.modes().stream().filter(ModeReport::wasPlayed).forEach(html::mode);
        html.page.append("</main></body></html>\n");
        return html.page.toString();
    }

    private void head(LabReport report) throws IOException {
        try (InputStream style = Objects.requireNonNull(HtmlReport.class.getResourceAsStream("report.css"))) {
            add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
            add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
            add("<title>Using Source IP, played</title><style>");
            add(new String(style.readAllBytes(), StandardCharsets.UTF_8));
            add("</style></head><body><main><h1>Using Source IP, played</h1>");
        }
        add("<p>Kubernetes' tutorial in network namespaces on one machine, an agent on each node, in "
                + String.format(Locale.ROOT, "%.1f", report.seconds())
                + " seconds. Each picture is drawn from what <code>pointsman explain</code> says; a host is marked"
                + " “captured ✓” when the packets captured on its interfaces are those in the picture.</p>");
    }

    private void summary(LabReport report) {
        add("<table><thead><tr><th>step</th><th>expected</th>");
        report.modes().stream()
                .filter(ModeReport::wasPlayed)
                .forEach(mode -> add("<th>" + Html.escape(mode.mode()) + "</th>"));
        add("</tr></thead><tbody>");
        String section = "";
        for (Row row : Row.of(report).values()) {
            if (!row.section().equals(section)) {
                section = row.section();
                add("<tr><th class=\"section\" colspan=\"9\">" + Html.escape(section) + "</th></tr>");
            }
            add("<tr><td>" + Html.escape(row.what()) + family(row.family()) + "</td><td><code>"
                    + Html.escape(row.expected()) + "</code></td>");
            for (ModeReport mode : report.modes()) {
                if (mode.wasPlayed()) {
                    final StepResult step = row.byMode().get(mode.mode());
                    add(step == null ? "<td>-</td>" : "<td>" + badge(step.verdict()) + "</td>");
                }
            }
            add("</tr>");
        }
        add("</tbody></table>");
        report.modes().stream()
                .filter(mode -> !mode.wasPlayed())
                .forEach(mode -> add(
                        "<p>" + Html.escape(mode.mode()) + " was not played: " + Html.escape(mode.reason()) + "</p>"));
    }

    private void mode(ModeReport mode) {
        add("<h2>" + Html.escape(mode.mode()) + "</h2>");
        String section = "";
        for (StepResult step : mode.steps()) {
            if (!step.section().equals(section)) {
                section = step.section();
                add("<h3>" + Html.escape(section) + "</h3>");
            }
            step(step);
        }
    }

    private void step(StepResult step) {
        add("<article><h4>" + badge(step.verdict()) + " " + Html.escape(step.what()) + family(step.family()) + "</h4>");
        add("<pre>" + Html.escape(step.command()) + "</pre>");
        add("<p>expected <code>" + Html.escape(step.expected()) + "</code>, observed <code>"
                + Html.escape(step.observed()) + "</code></p>");
        step.journey().ifPresent(journey -> {
            add("<div class=\"way\">" + JourneyDrawing.svg(journey) + "</div>");
            journey.differences().forEach(difference -> add("<p class=\"failed\">" + Html.escape(difference) + "</p>"));
            add("<details><summary>explain</summary><ol>");
            journey.steps().forEach(line -> add("<li>" + Html.escape(line) + "</li>"));
            add("</ol><p>" + Html.escape(journey.outcome()) + "</p></details>");
        });
        add("</article>");
    }

    private static String family(String family) {
        return family.equals("both") ? "" : " <small>" + Html.escape(family) + "</small>";
    }

    private static String badge(Verdict verdict) {
        final String word = verdict.name().toLowerCase(Locale.ROOT);
        return "<span class=\"" + word + "\">" + word + "</span>";
    }

    private void add(String html) {
        page.append(html).append('\n');
    }
}
