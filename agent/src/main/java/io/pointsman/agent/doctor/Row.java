package io.pointsman.agent.doctor;

import java.util.Objects;

/**
 * One thing that was looked at.
 *
 * @param area what kind of thing: {@code sysctls}
 * @param subject the thing: {@code net.ipv4.ip_forward}
 * @param found what there is
 * @param remedy what to do, or why there is nothing to do; empty where the rest says it all
 */
public record Row(String area, String subject, Level level, String found, String remedy) {
    /** What a row asks of its reader. */
    public enum Level {
        /** Nothing. */
        FINE("ok"),
        /** To know it, and nothing more. */
        NOTE("note"),
        /** To do something. */
        TO_DO("to do"),
        /** To look himself, or to run this as somebody who may. */
        UNSEEN("unseen");

        private final String text;

        Level(String text) {
            this.text = text;
        }

        /** As people and programs read it. */
        public String text() {
            return text;
        }
    }

    public Row {
        Objects.requireNonNull(area, "area");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(found, "found");
        Objects.requireNonNull(remedy, "remedy");
    }
}
