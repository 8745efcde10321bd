package io.pointsman.nat.reference;

import io.pointsman.plan.ForwardingPlan;
import java.time.Duration;
import java.util.Optional;

/** A step of a random history. Steps refer to flows by their original tuple, so any step can be left out. */
public sealed interface Step {
    /** A packet from the side that opened (or opens) the flow. */
    record Send(
            Tuple original,
            ModelPacket.Content content,
            Optional<String> input,
            int shape,
            Optional<ModelPacket.Piece> piece)
            implements Step {
        /** A whole packet. */
        public Send(Tuple original, ModelPacket.Content content, Optional<String> input, int shape) {
            this(original, content, input, shape, Optional.empty());
        }

        @Override
        public String toString() {
            return "send " + new ModelPacket(original, content, input, piece) + ", shape " + shape;
        }
    }

    /** A packet from wherever the flow's last packet was sent, back along the same way. */
    record Answer(Tuple original, ModelPacket.Content content, int shape, Optional<ModelPacket.Piece> piece)
            implements Step {
        /** A whole packet. */
        public Answer(Tuple original, ModelPacket.Content content, int shape) {
            this(original, content, shape, Optional.empty());
        }

        @Override
        public String toString() {
            return "answer " + new ModelPacket(original, content, Optional.empty(), piece) + ", shape " + shape;
        }
    }

    /**
     * An ICMP error about the flow's last packet in one direction.
     *
     * @param aboutOriginal about a packet on its way to the endpoint; else about an answer on its way to the client
     * @param fromRouter sent by a router on the way; else by the host that the packet was for
     */
    record Report(Tuple original, boolean aboutOriginal, boolean fromRouter, int shape) implements Step {
        @Override
        public String toString() {
            return "ICMP error from " + (fromRouter ? "a router" : "the host") + " about "
                    + (aboutOriginal ? "the request of " : "the answer to ") + original + ", shape " + shape;
        }
    }

    /** Time goes by. */
    record Wait(Duration time) implements Step {
        @Override
        public String toString() {
            return "wait " + time;
        }
    }

    /** Puts another plan in force. */
    record Install(ForwardingPlan plan) implements Step {
        @Override
        public String toString() {
            return "install plan " + plan.version() + ": " + plan.node()
                    + plan.rules().values();
        }
    }
}
