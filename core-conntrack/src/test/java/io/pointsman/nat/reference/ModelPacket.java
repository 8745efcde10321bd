package io.pointsman.nat.reference;

import java.util.Objects;
import java.util.Optional;

/**
 * A packet as far as the engine's decisions go.
 *
 * @param tuple of an error: from the router or host that reports to the one it is sent to, ports 0
 * @param input the interface it came in on; empty when the node sent it
 * @param piece which fragment of it this is; empty for a whole packet
 */
public record ModelPacket(Tuple tuple, Content content, Optional<String> input, Optional<Piece> piece) {
    /**
     * A fragment.
     *
     * @param id what all fragments of a packet have in common
     * @param isFirst it has the transport header; the others have no ports
     */
    public record Piece(int id, boolean isFirst) {}

    public ModelPacket {
        Objects.requireNonNull(tuple, "tuple");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(piece, "piece");
    }

    /** A whole packet. */
    public ModelPacket(Tuple tuple, Content content, Optional<String> input) {
        this(tuple, content, input, Optional.empty());
    }

    boolean isLaterPiece() {
        return piece.isPresent() && !piece.get().isFirst();
    }

    /** Content of the packet. */
    public sealed interface Content {
        /**
         * A TCP segment.
         *
         * @param flags as in the header
         */
        record Tcp(int flags) implements Content {}

        record Udp() implements Content {}

        /**
         * An SCTP packet.
         *
         * @param chunk type of its first chunk
         */
        record Sctp(int chunk) implements Content {}

        /**
         * An ICMP error.
         *
         * @param quoted the tuple of the packet it is about, as that packet was when it got lost
         * @param isRequest that packet went to the endpoint; else it was an answer
         */
        record IcmpError(Tuple quoted, boolean isRequest) implements Content {}

        /** A ping, or the answer to one. */
        record Echo(boolean isRequest) implements Content {}
    }

    @Override
    public String toString() {
        final String what =
                switch (content) {
                    case Content.Tcp tcp -> "flags " + flagsText(tcp.flags());
                    case Content.Udp _ -> "";
                    case Content.Echo echo -> echo.isRequest() ? "request" : "reply";
                    case Content.Sctp sctp -> "chunk " + sctp.chunk();
                    case Content.IcmpError error ->
                        "ICMP error from " + tuple.source() + " to " + tuple.destination() + " about " + error.quoted();
                };
        final String head = content instanceof Content.IcmpError ? "" : tuple + " ";
        final String part = piece.map(
                        one -> (one.isFirst() ? ", first" : ", later") + " fragment of packet " + one.id())
                .orElse("");
        return head + what + part + input.map(name -> " on " + name).orElse("");
    }

    private static String flagsText(int flags) {
        final String[] names = {"FIN", "SYN", "RST", "PSH", "ACK"};
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < names.length; i++) {
            if ((flags >>> i & 1) != 0) {
                text.append(text.isEmpty() ? "" : "+").append(names[i]);
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }
}
