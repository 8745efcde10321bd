package io.pointsman.linux.ipset;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * An element of a set.
 *
 * @param text as {@code ipset save} prints it, without the mark
 * @param mark that the element carries; 0 for none
 */
public record IpsetElement(Ipset set, String text, int mark) {
    public IpsetElement {
        Objects.requireNonNull(set, "set");
        Objects.requireNonNull(text, "text");
    }

    /** Creates an element of a set of addresses. */
    public static IpsetElement of(Ipset set, IpAddress address) {
        return new IpsetElement(set, address.toString(), 0);
    }

    /** Creates an element of a set of addresses with ports. */
    public static IpsetElement of(Ipset set, Protocol protocol, IpAddress address, int port) {
        return new IpsetElement(set, frontend(protocol, address, port), 0);
    }

    /** Creates an element of a set of ports. */
    public static IpsetElement of(Ipset set, int port) {
        return new IpsetElement(set, Integer.toString(port), 0);
    }

    /**
     * Creates elements of a set of addresses with ports and ranges: one, or two for the range of all addresses, which the
     * kernel takes only as two halves.
     */
    public static List<IpsetElement> of(Ipset set, Protocol protocol, IpAddress address, int port, Cidr range) {
        if (range.isEverything()) {
            final IpAddress upper = range.family() == IpFamily.IPV4
                    ? IpAddress.ofIpv4(Integer.MIN_VALUE)
                    : IpAddress.ofIpv6(Long.MIN_VALUE, 0);
            final List<IpsetElement> halves = new ArrayList<>();
            halves.addAll(of(set, protocol, address, port, new Cidr(range.address(), 1)));
            halves.addAll(of(set, protocol, address, port, new Cidr(upper, 1)));
            return halves;
        }
        final boolean isHost = range.prefixLength() == range.family().bits();
        final String text = isHost ? range.address().toString() : range.toString();
        return List.of(new IpsetElement(set, frontend(protocol, address, port) + "," + text, 0));
    }

    private static String frontend(Protocol protocol, IpAddress address, int port) {
        return address + "," + protocol.name().toLowerCase(Locale.ROOT) + ":" + port;
    }

    /** Returns this element with a packet mark, all 32 bits, 0 for none. To the kernel both are the same element. */
    public IpsetElement withMark(int other) {
        return new IpsetElement(set, text, other);
    }

    /** Returns the command of {@code ipset restore} that adds the element. */
    @Override
    public String toString() {
        return "add " + set.name() + " " + text + (mark == 0 ? "" : " skbmark 0x" + Integer.toHexString(mark));
    }
}
