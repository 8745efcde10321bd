package io.pointsman.agent.doctor;

import io.pointsman.agent.doctor.Row.Level;
import java.util.ArrayList;
import java.util.List;

/** Collects the rows of one area. Used by one thread. */
final class Rows {
    private final String area;
    private final List<Row> rows = new ArrayList<>();

    Rows(String area) {
        this.area = area;
    }

    void fine(String subject, String found) {
        rows.add(new Row(area, subject, Level.FINE, found, ""));
    }

    void note(String subject, String found, String remedy) {
        rows.add(new Row(area, subject, Level.NOTE, found, remedy));
    }

    void toDo(String subject, String found, String remedy) {
        rows.add(new Row(area, subject, Level.TO_DO, found, remedy));
    }

    void unseen(String subject, String why, String remedy) {
        rows.add(new Row(area, subject, Level.UNSEEN, why, remedy));
    }

    List<Row> list() {
        return List.copyOf(rows);
    }
}
