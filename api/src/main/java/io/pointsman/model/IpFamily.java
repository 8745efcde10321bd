package io.pointsman.model;

/** An address family. A service port is proxied separately in each family it has addresses of. */
public enum IpFamily {
    IPV4("IPv4", 32),
    IPV6("IPv6", 128);

    private final String text;
    private final int bits;

    IpFamily(String text, int bits) {
        this.text = text;
        this.bits = bits;
    }

    /** Length of an address, in bits: 32 or 128. */
    public int bits() {
        return bits;
    }

    /** Returns the name as Kubernetes writes it: {@code IPv4} or {@code IPv6}. */
    @Override
    public String toString() {
        return text;
    }
}
