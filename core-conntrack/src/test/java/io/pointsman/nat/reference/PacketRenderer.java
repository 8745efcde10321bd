package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.reference.ModelPacket.Content;
import io.pointsman.packet.PacketBuilder;
import java.util.Optional;
import java.util.Random;

/**
 * Model packets as bytes. A shape is a number that settles everything the model does not care about: payload, options, TTL,
 * kind of error, how much of a packet an error quotes. Rendering the translated packet with the same shape gives, byte for
 * byte, what the engine must have made of it.
 */
public final class PacketRenderer {
    private static final int[] PAYLOADS = {0, 1, 7, 100};

    private PacketRenderer() {}

    /** The bytes of a packet, from the IP header on. */
    public static byte[] render(ModelPacket packet, int shape) {
        return packet.content() instanceof Content.IcmpError error
                ? error(packet.tuple().source(), packet.tuple().destination(), error, shape)
                : plain(packet.tuple(), packet.content(), shape, packet.piece());
    }

    private static byte[] plain(Tuple tuple, Content content, int shape, Optional<ModelPacket.Piece> piece) {
        final PacketBuilder builder = PacketBuilder.ip(tuple.source(), tuple.destination())
                .payload(payload(shape))
                .ttl(2 + (shape >>> 3 & 1) * 62)
                .tos((shape >>> 7 & 1) * 0xB8)
                .identification(piece.map(ModelPacket.Piece::id).orElse(shape));
        piece.ifPresent(one -> builder.fragment(one.isFirst() ? 0 : 8 * (1 + (shape >>> 12)), one.isFirst()));
        if ((shape & 4) != 0) {
            if (tuple.source().isIpv4()) {
                builder.ipv4Options((byte) 7, (byte) 7, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
            } else {
                builder.extension(60, 1 + (shape >>> 10 & 1));
            }
        }
        switch (content) {
            case Content.Tcp tcp -> builder.tcp(tuple.sourcePort(), tuple.destinationPort(), tcp.flags());
            case Content.Udp _ -> {
                builder.udp(tuple.sourcePort(), tuple.destinationPort());
                if (tuple.source().isIpv4() && (shape >>> 4 & 1) != 0) {
                    builder.withoutUdpChecksum();
                }
            }
            case Content.Echo echo -> builder.echo(echo.isRequest(), tuple.sourcePort(), shape);
            case Content.Sctp sctp -> builder.sctp(tuple.sourcePort(), tuple.destinationPort(), sctp.chunk());
            case Content.IcmpError _ -> throw new IllegalArgumentException("an error is not plain");
        }
        return builder.build();
    }

    private static byte[] payload(int shape) {
        final byte[] payload = new byte[PAYLOADS[shape & 3]];
        new Random(shape).nextBytes(payload);
        return payload;
    }

    private static byte[] error(IpAddress from, IpAddress to, Content.IcmpError error, int shape) {
        final Tuple quoted = error.quoted();
        final byte[] lost = plain(quoted, quotedContent(error), shape, Optional.empty());
        final int headers =
                from.isIpv4() ? (lost[0] & 0xF) * 4 : 40 + ((shape & 4) == 0 ? 0 : 8 + (shape >>> 10 & 1) * 8);
        // A quoted SCTP checksum stays unchanged: receivers do not check it and go by the tag (RFC 9260, 10).
        final int cut =
                switch (quoted.protocol() == Transport.SCTP ? 0 : shape >>> 5 & 3) {
                    case 0 -> headers + 8; // what RFC 792 promises
                    case 1 -> headers + 20;
                    default -> 1232;
                };
        final boolean ipv4 = from.isIpv4();
        final PacketBuilder builder = PacketBuilder.ip(from, to);
        switch (shape >>> 8 & 3) {
            case 0 -> builder.icmpError(ipv4 ? 3 : 1, ipv4 ? 3 : 4, 0, lost, cut); // port unreachable
            case 1 -> builder.icmpError(ipv4 ? 3 : 2, ipv4 ? 4 : 0, 1280, lost, cut); // packet too big, MTU 1280
            case 2 -> builder.icmpError(ipv4 ? 11 : 3, 0, 0, lost, cut); // time exceeded
            default -> builder.icmpError(ipv4 ? 3 : 1, ipv4 ? 1 : 3, 0, lost, cut); // host or address unreachable
        }
        return builder.build();
    }

    private static Content quotedContent(Content.IcmpError error) {
        return switch (error.quoted().protocol()) {
            case TCP -> new Content.Tcp(TcpModel.ACK);
            case UDP -> new Content.Udp();
            case SCTP -> new Content.Sctp(SctpModel.DATA);
            case ECHO -> new Content.Echo(error.isRequest());
        };
    }
}
