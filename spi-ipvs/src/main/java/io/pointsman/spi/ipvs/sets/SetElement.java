package io.pointsman.spi.ipvs.sets;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An element of an ipset.
 *
 * @param text as {@code ipset save} prints it, without what it carries
 * @param mark what it carries; 0 for nothing
 */
public record SetElement(IpFamily family, SetKind kind, String text, int mark) {
    public static SetElement of(SetKind kind, Protocol protocol, IpAddress address, int port) {
        return new SetElement(address.family(), kind, frontend(protocol, address, port), 0);
    }

    public static SetElement marked(SetKind kind, Protocol protocol, IpAddress address, int port, int mark) {
        return new SetElement(address.family(), kind, frontend(protocol, address, port), mark);
    }

    public static SetElement vip(IpAddress address) {
        return new SetElement(address.family(), SetKind.VIPS, address.toString(), 0);
    }

    /** What lets a range of sources in. A set holds no range of everything, but does hold its halves. */
    public static List<SetElement> sources(Protocol protocol, IpAddress address, int port, Cidr range) {
        final List<SetElement> elements = new ArrayList<>();
        if (range.isEverything()) {
            final IpAddress upper = range.family() == IpFamily.IPV4
                    ? IpAddress.ofIpv4(Integer.MIN_VALUE)
                    : IpAddress.ofIpv6(Long.MIN_VALUE, 0);
            elements.addAll(sources(protocol, address, port, new Cidr(range.address(), 1)));
            elements.addAll(sources(protocol, address, port, new Cidr(upper, 1)));
        } else {
            final boolean isHost = range.prefixLength() == range.family().bits();
            elements.add(new SetElement(
                    address.family(),
                    SetKind.SOURCES,
                    frontend(protocol, address, port) + ","
                            + (isHost ? range.address().toString() : range.toString()),
                    0));
        }
        return elements;
    }

    private static String frontend(Protocol protocol, IpAddress address, int port) {
        return address + "," + protocol.name().toLowerCase(Locale.ROOT) + ":" + port;
    }

    public String set() {
        return kind.name(family);
    }

    /** What it is to the kernel: whatever it carries, a set has it once. */
    public SetElement unmarked() {
        return new SetElement(family, kind, text, 0);
    }

    /** As {@code ipset restore} would take it. */
    @Override
    public String toString() {
        return "add " + set() + " " + text + (mark == 0 ? "" : " skbmark 0x" + Integer.toHexString(mark));
    }
}
