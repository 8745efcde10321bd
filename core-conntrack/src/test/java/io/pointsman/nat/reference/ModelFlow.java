package io.pointsman.nat.reference;

import io.pointsman.plan.Rule;
import java.time.Duration;

/** A translated connection: what its packets look like in either direction, and how far it has got. */
final class ModelFlow {
    final Tuple original;
    final Tuple reply;
    final Rule rule;
    TcpModel.State tcp = TcpModel.State.NONE;
    SctpModel.State sctp = SctpModel.State.NONE;
    boolean replied;
    boolean assured; // both sides have shown that they mean it: no full table gives it up
    long expiresAtNanos;
    long slackNanos; // that the engine may keep it longer

    ModelFlow(Tuple original, Tuple reply, Rule rule) {
        this.original = original;
        this.reply = reply;
        this.rule = rule;
    }

    /** Tuple of this direction's packets after translation. */
    Tuple translated(boolean isOriginal) {
        return isOriginal ? reply.reversed() : original.reversed();
    }

    void renew(long nowNanos) {
        final Duration timeout =
                switch (original.protocol()) {
                    case TCP -> tcp.timeout();
                    case SCTP -> sctp.timeout();
                    case UDP -> Duration.ofSeconds(replied ? 120 : 30);
                    case ECHO -> Duration.ofSeconds(30);
                };
        expiresAtNanos = nowNanos + timeout.toNanos();
        slackNanos = ReferenceModel.SLACK.toNanos()
                + Math.min(timeout.toNanos() / 256, Duration.ofSeconds(9).toNanos());
    }

    @Override
    public String toString() {
        return original + " (reply " + reply + ", " + tcp + ")";
    }
}
