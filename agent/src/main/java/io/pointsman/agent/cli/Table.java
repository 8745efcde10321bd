package io.pointsman.agent.cli;

import io.pointsman.agent.log.Quoted;
import java.util.ArrayList;
import java.util.List;

/**
 * Text table with columns as wide as their content and numbers aligned right. Cells are quoted, so that text from outside
 * can't leave its cell. Used by one thread.
 */
final class Table {
    private static final String GAP = "  ";

    private final List<String> head;
    private final int firstNumber;
    private final int lastNumber;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * Creates a table without rows.
     *
     * @param firstNumber index of the first right-aligned column, from 0
     * @param lastNumber index of the last one
     */
    Table(List<String> head, int firstNumber, int lastNumber) {
        this.head = List.copyOf(head);
        this.firstNumber = firstNumber;
        this.lastNumber = lastNumber;
    }

    /** Adds a row with as many cells as the head. */
    void add(List<String> cells) {
        if (cells.size() != head.size()) {
            throw new IllegalArgumentException(cells.size() + " cells below " + head.size() + " heads");
        }
        rows.add(cells.stream().map(Quoted::line).toList());
    }

    /** Returns the head and the rows. */
    List<String> lines() {
        final int[] widths = new int[head.size()];
        widen(widths, head);
        rows.forEach(row -> widen(widths, row));
        final List<String> lines = new ArrayList<>();
        lines.add(line(widths, head));
        rows.forEach(row -> lines.add(line(widths, row)));
        return lines;
    }

    private static void widen(int[] widths, List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(cells.get(i)));
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private String line(int[] widths, List<String> cells) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            final String padding = " ".repeat(widths[i] - width(cells.get(i)));
            final boolean isNumber = i >= firstNumber && i <= lastNumber;
            line.append(i == 0 ? "" : GAP);
            line.append(isNumber ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.toString().stripTrailing();
    }
}
