package io.pointsman.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.testkit.lab.CommandResult;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A request by curl, run on one of the hosts. */
record Curl(List<String> command, CommandResult result) {
    /** Timeout in seconds, longer than any answer takes, even on a busy machine. */
    private static final int PATIENCE_SECONDS = 5;

    /**
     * Timeout in seconds if no answer is expected, as in the tutorial: a retransmission after a second would be dropped too.
     */
    private static final int SILENCE_SECONDS = 1;

    private static final int TIMED_OUT = 28;
    private static final int REFUSED = 7;

    /** Sends a request that should be answered or refused. */
    static Curl get(LabHost from, String url) throws IOException {
        return get(from, url, PATIENCE_SECONDS);
    }

    /** Sends a request that should get no answer. */
    static Curl getNothing(LabHost from, String url) throws IOException {
        return get(from, url, SILENCE_SECONDS);
    }

    private static Curl get(LabHost from, String url, int seconds) throws IOException {
        final List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", Integer.toString(seconds)));
        if (url.contains("[")) {
            command.add("-g");
        }
        command.add(url);
        return new Curl(command, from.run(Duration.ofSeconds(20), command));
    }

    /** Formats a URL: {@code http://10.240.0.4:30080/}. */
    static String url(IpAddress to, int port, String path) {
        return "http://" + (port == 80 ? to.isIpv4() ? to.toString() : "[" + to + "]" : to.withPort(port)) + path;
    }

    /** Returns the value of a line {@code name=value} of the echo server's answer, or what happened instead. */
    String value(String name) {
        if (result.exitCode() != 0) {
            return failure();
        }
        return result.output()
                .lines()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElse("no " + name + " in the answer");
    }

    /** Returns the answer in one line, or what happened instead. */
    String text() {
        return result.exitCode() == 0 ? result.output().strip() : failure();
    }

    private String failure() {
        return switch (result.exitCode()) {
            case TIMED_OUT -> Outcomes.NO_ANSWER;
            case REFUSED -> Outcomes.REFUSED;
            default -> "curl exited with " + result.exitCode();
        };
    }

    String shown() {
        return String.join(" ", command);
    }
}
