package io.pointsman.testkit.lab;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes the ways in which a probe can fail.
 *
 * <p>An ICMP error is in a TCP socket's error queue a moment before it is the socket's error (Linux, {@code tcp_v4_err}). A
 * poll in that moment ends without an error, which the JDK takes for a connection. The first read or write then reports the
 * refusal, as a plain {@link IOException}.
 */
final class Failures {
    private static final String REFUSED = "Connection refused";

    private Failures() {}

    interface Attempt<T extends @Nullable Object> {
        T run() throws IOException;
    }

    interface Step {
        void run() throws IOException;
    }

    static Optional<ProbeResult> of(String waitingFor, Step step) throws IOException {
        try {
            step.run();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(classify(waitingFor, e));
        }
    }

    static ProbeResult outcome(String waitingFor, Attempt<? extends ProbeResult> attempt) {
        try {
            return attempt.run();
        } catch (IOException e) {
            return classify(waitingFor, e);
        }
    }

    private static ProbeResult classify(String waitingFor, IOException failure) {
        final String text = String.valueOf(failure.getMessage());
        return switch (failure) {
            case KernelException kernel
            when kernel.is(Errno.ECONNREFUSED) -> new ProbeResult.Refused("ICMP port unreachable");
            case KernelException _ -> new ProbeResult.Unreachable(text);
            case SocketTimeoutException _ -> new ProbeResult.TimedOut(waitingFor);
            case PortUnreachableException _ -> new ProbeResult.Refused("ICMP port unreachable");
            case NoRouteToHostException _ -> new ProbeResult.Unreachable(text);
            case ConnectException _ when text.contains("timed out") -> new ProbeResult.TimedOut(waitingFor);
            case ConnectException _ when !text.contains(REFUSED) -> new ProbeResult.Unreachable(text);
            case ConnectException _ -> new ProbeResult.Refused(text);
            case SocketException _ when text.contains("reset") -> new ProbeResult.Refused(text);
            case IOException _ when text.equals(REFUSED) -> new ProbeResult.Refused(text); // reported late, see above
            default -> new ProbeResult.Unreachable(failure.getClass().getSimpleName() + ": " + text);
        };
    }
}
