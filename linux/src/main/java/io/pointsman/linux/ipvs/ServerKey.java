package io.pointsman.linux.ipvs;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.Objects;
import java.util.Optional;

/**
 * Which packets a virtual server takes: those to an address and port, or those that carry a firewall mark.
 *
 * @param protocol empty for a mark
 * @param address unspecified for a mark
 * @param port 1 to 65535; 0 for a mark
 * @param mark all 32 bits; 0 for none
 */
public record ServerKey(IpFamily family, Optional<Protocol> protocol, IpAddress address, int port, int mark) {
    private static final String MARK = "mark";

    public ServerKey {
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(address, "address");
        if (protocol.isPresent() == (mark != 0)) {
            throw new IllegalArgumentException("a virtual server is for an address or for a mark");
        }
    }

    public static ServerKey of(Protocol protocol, IpAddress address, int port) {
        return new ServerKey(address.family(), Optional.of(protocol), address, port, 0);
    }

    public static ServerKey ofMark(IpFamily family, int mark) {
        return new ServerKey(family, Optional.empty(), IpAddress.unspecified(family), 0, mark);
    }

    public boolean isMark() {
        return mark != 0;
    }

    /** {@code TCP 10.0.0.1 80}; {@code mark IPV4 0x50000001}: what {@link #parse} reads. */
    public String text() {
        return protocol.map(word -> word + " " + address + " " + port)
                .orElseGet(() -> MARK + " " + family.name() + " 0x" + Integer.toHexString(mark));
    }

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException quoting what is none
     */
    public static ServerKey parse(String text) {
        final String[] words = text.split(" ", -1);
        if (words.length != 3) {
            throw new IllegalArgumentException("not a virtual server: \"" + text + "\"");
        }
        return words[0].equals(MARK)
                ? ofMark(IpFamily.valueOf(words[1]), Integer.decode(words[2]))
                : of(Protocol.valueOf(words[0]), IpAddress.parse(words[1]), Integer.parseInt(words[2]));
    }

    @Override
    public String toString() {
        return "virtual server "
                + protocol.map(word -> word + " " + address.withPort(port)).orElseGet(this::text);
    }
}
