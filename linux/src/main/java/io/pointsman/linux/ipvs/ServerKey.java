package io.pointsman.linux.ipvs;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.Objects;
import java.util.Optional;

/**
 * Key of a virtual server: the address and port, or the firewall mark, of the packets that it takes.
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

    /** Returns the text that {@link #parse} reads: {@code TCP 10.0.0.1 80} or {@code mark IPV4 0x50000001}. */
    public String text() {
        return protocol.map(word -> word + " " + address + " " + port)
                .orElseGet(() -> MARK + " " + family.name() + " 0x" + Integer.toHexString(mark));
    }

    /**
     * Parses the text of a key.
     *
     * @throws IllegalArgumentException if the text is not a key
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
