package io.pointsman.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shows the progress of a lab on another kernel, and passes typed Enters on to it. */
final class Relay {
    private static final Pattern TIMED = Pattern.compile("^ *[0-9.]+ s  (.*)$");
    private static final long LOOK_MILLIS = 200;

    private final FollowedFile said;
    private final Path answers;
    private final Progress progress;
    private final StringBuilder block = new StringBuilder();
    private volatile boolean ended;

    /**
     * Creates a relay.
     *
     * @param said output of the other lab's {@link Progress}
     * @param answers file where the other lab reads what is typed
     */
    Relay(Path said, Path answers, Progress progress) {
        this.said = new FollowedFile(said);
        this.answers = answers;
        this.progress = progress;
    }

    /** Relays until {@link #end}, on the calling thread. */
    void work() {
        try {
            while (!ended) {
                relay();
                TutorialCluster.pause(LOOK_MILLIS);
            }
            relay();
            flush();
        } catch (IOException e) {
            progress.say("what is played inside User Mode Linux can't be shown: " + e.getMessage());
        }
    }

    void end() {
        ended = true;
    }

    private void relay() throws IOException {
        boolean isQuiet = true;
        for (Optional<String> line = said.next(); line.isPresent(); line = said.next()) {
            isQuiet = false;
            if (line.get().strip().equals(Progress.PROMPT)) {
                flush();
                progress.awaitEnter();
                Files.writeString(answers, "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } else {
                add(line.get());
            }
        }
        if (isQuiet) {
            flush();
        }
    }

    /** Adds a line. Related lines are shown together, as other modes may print meanwhile. */
    private void add(String line) {
        if (line.isBlank() || TIMED.matcher(line).matches()) {
            flush();
        }
        block.append(line).append('\n');
    }

    private void flush() {
        final String text = block.toString().stripTrailing();
        block.setLength(0);
        if (!text.isEmpty()) {
            final Matcher timed = TIMED.matcher(text.lines().findFirst().orElse(""));
            progress.block(
                    timed.matches() ? timed.group(1) : "",
                    text.lines().skip(timed.matches() ? 1 : 0).toList());
        }
    }
}
