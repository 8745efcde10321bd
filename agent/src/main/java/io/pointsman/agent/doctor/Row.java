package io.pointsman.agent.doctor;

import java.util.Objects;

/**
 * Result of one check.
 *
 * @param area kind of the subject: {@code sysctls}
 * @param subject what was checked: {@code net.ipv4.ip_forward}
 * @param found its state
 * @param remedy what to do, or why nothing needs to be done; empty if that is obvious
 */
public record Row(String area, String subject, Level level, String found, String remedy) {
    /** Action that a row asks of its reader. */
    public enum Level {
        /** No action. */
        FINE("ok"),
        /** No action, but worth knowing. */
        NOTE("note"),
        /** A change to the host or the configuration. */
        TO_DO("to do"),
        /** A check by hand, or a run of the command as a user with the permissions for it. */
        UNSEEN("unseen");

        private final String text;

        Level(String text) {
            this.text = text;
        }

        /** Returns the text for people and programs. */
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
