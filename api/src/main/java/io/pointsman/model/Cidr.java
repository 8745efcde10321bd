package io.pointsman.model;

/**
 * A range of addresses: {@code 10.0.0.0/8}. Host bits of the address are cleared, so two spellings of one range are equal.
 *
 * @param prefixLength number of leading bits that count, 0 to 32 or 128
 */
public record Cidr(IpAddress address, int prefixLength) implements Comparable<Cidr> {
    public Cidr {
        if (prefixLength < 0 || prefixLength > address.family().bits()) {
            throw new IllegalArgumentException("prefix length /" + prefixLength + " of " + address + " is not in 0.."
                    + address.family().bits());
        }
        address = masked(address, prefixLength);
    }

    /** Returns the range that holds just this address. */
    public static Cidr of(IpAddress address) {
        return new Cidr(address, address.family().bits());
    }

    /**
     * Parses {@code address/length}; an address alone is the range of that one address.
     *
     * @throws IllegalArgumentException if the text is not a range; the message quotes it
     */
    public static Cidr parse(String text) {
        final int slash = text.indexOf('/');
        if (slash < 0) {
            return of(IpAddress.parse(text));
        }
        final String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("not an address range: \"" + text + "\"");
        }
        return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(length));
    }

    public IpFamily family() {
        return address.family();
    }

    /** Whether the range holds the address; never across families. */
    public boolean contains(IpAddress candidate) {
        return candidate.family() == family() && masked(candidate, prefixLength).equals(address);
    }

    /** Whether this is a /0: every address of the family. */
    public boolean isEverything() {
        return prefixLength == 0;
    }

    private static IpAddress masked(IpAddress address, int prefixLength) {
        if (address.isIpv4()) {
            return IpAddress.ofIpv4((int) (address.low() & mask(prefixLength) >>> 32));
        }
        return IpAddress.ofIpv6(address.high() & mask(prefixLength), address.low() & mask(prefixLength - 64));
    }

    /** Returns a mask of the top {@code bits} bits of 64; a number below 0 counts as 0, one above 64 as 64. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }

    @Override
    public int compareTo(Cidr other) {
        final int order = address.compareTo(other.address);
        return order == 0 ? Integer.compare(prefixLength, other.prefixLength) : order;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
