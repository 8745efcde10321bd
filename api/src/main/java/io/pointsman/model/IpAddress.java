package io.pointsman.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address without a zone. Immutable, compared by value, IPv4 before IPv6.
 *
 * <p>An IPv4 address sits in the low 32 bits of {@link #low}, with {@link #high} zero; an IPv6 address fills both, most
 * significant bits first. An IPv4-mapped IPv6 address ({@code ::ffff:1.2.3.4}) is read as the IPv4 address it stands for.
 */
public final class IpAddress implements Comparable<IpAddress> {
    private static final int MAX_TEXT_LENGTH = 45; // the longest IPv6 text, with an embedded IPv4 tail
    private static final long MAPPED = 0xFFFF; // RFC 4291, section 2.5.5.2: bits 32 to 47, those above are 0
    private static final long MASK_32 = 0xFFFF_FFFFL;
    private static final VarHandle BE_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE_LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final IpFamily family;
    private final long high;
    private final long low;

    private IpAddress(IpFamily family, long high, long low) {
        this.family = family;
        this.high = high;
        this.low = low;
    }

    /** Returns the IPv4 address of these 32 bits, in host order: {@code 0x7F000001} is 127.0.0.1. */
    public static IpAddress ofIpv4(int bits) {
        return new IpAddress(IpFamily.IPV4, 0, bits & MASK_32);
    }

    /** Returns the IPv6 address of these 128 bits, most significant half first. */
    public static IpAddress ofIpv6(long high, long low) {
        return new IpAddress(IpFamily.IPV6, high, low);
    }

    /** Returns the address that means "any" in a family: 0.0.0.0 or ::. */
    public static IpAddress unspecified(IpFamily family) {
        return new IpAddress(family, 0, 0);
    }

    /**
     * Parses a literal: four decimal parts (leading zeros are decimal, as in Kubernetes) or RFC 4291 text without a zone.
     * Never asks a name server.
     *
     * @throws IllegalArgumentException if the text is not an address; the message quotes it
     */
    public static IpAddress parse(String text) {
        return tryParse(text).orElseThrow(() -> new IllegalArgumentException("not an IP address: \"" + text + "\""));
    }

    /** Parses an address; empty if the text is not one. */
    public static Optional<IpAddress> tryParse(String text) {
        final IpAddress parsed = text.indexOf(':') >= 0 ? parseIpv6(text) : parseIpv4(text);
        return Optional.ofNullable(parsed);
    }

    /** Converts from a JDK address; an IPv6 zone is dropped. */
    public static IpAddress of(InetAddress address) {
        final IpAddress own = ofBytes(address.getAddress());
        return own.family == IpFamily.IPV6 && own.high == 0 && own.low >>> 32 == MAPPED ? ofIpv4((int) own.low) : own;
    }

    /**
     * Returns the address of these 4 or 16 bytes, in network order.
     *
     * @throws IllegalArgumentException for any other length
     */
    public static IpAddress ofBytes(byte[] bytes) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> ofIpv4(buffer.getInt());
            case 16 -> ofIpv6(buffer.getLong(), buffer.getLong());
            default -> throw new IllegalArgumentException("an IP address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    private static @Nullable IpAddress parseIpv4(String text) {
        int bits = 0;
        int parts = 0;
        int digits = 0;
        int value = 0;
        for (int i = 0; i <= text.length(); i++) {
            final char c = i == text.length() ? '.' : text.charAt(i);
            if (c >= '0' && c <= '9') {
                value = value * 10 + (c - '0');
                digits++;
                if (digits > 3 || value > 255) {
                    return null;
                }
            } else if (c == '.' && digits > 0 && parts < 4) {
                bits = bits << 8 | value;
                parts++;
                digits = 0;
                value = 0;
            } else {
                return null;
            }
        }
        return parts == 4 ? ofIpv4(bits) : null;
    }

    private static @Nullable IpAddress parseIpv6(String text) {
        if (text.length() > MAX_TEXT_LENGTH || text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
            return null;
        }
        try {
            return of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    public IpFamily family() {
        return family;
    }

    public boolean isIpv4() {
        return family == IpFamily.IPV4;
    }

    /** Returns the most significant 64 bits of an IPv6 address; 0 for IPv4. */
    public long high() {
        return high;
    }

    /** Returns the least significant 64 bits of an IPv6 address, or an IPv4 address as an unsigned 32-bit number. */
    public long low() {
        return low;
    }

    /** Whether the address is in 127.0.0.0/8, or is ::1. */
    public boolean isLoopback() {
        return isIpv4() ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    /** Whether the address is in 169.254.0.0/16 or fe80::/10, so valid on one link only. */
    public boolean isLinkLocal() {
        return isIpv4() ? low >>> 16 == 0xA9FE : high >>> 54 == 0x3FA;
    }

    /** Whether the address is 0.0.0.0 or ::. */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /** Returns the 4 or 16 bytes of the address in network order, in a new array. */
    public byte[] toBytes() {
        final byte[] bytes = new byte[isIpv4() ? 4 : 16];
        if (isIpv4()) {
            BE_INT.set(bytes, 0, (int) low);
        } else {
            BE_LONG.set(bytes, 0, high);
            BE_LONG.set(bytes, 8, low);
        }
        return bytes;
    }

    /** Converts to a JDK address. */
    public InetAddress toInetAddress() {
        try {
            return isIpv4() ? InetAddress.getByAddress(toBytes()) : Inet6Address.getByAddress(null, toBytes(), -1);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are always an address", e);
        }
    }

    /** Formats address and port: {@code 10.0.0.1:80}, {@code [2001:db8::1]:80}. */
    public String withPort(int port) {
        return isIpv4() ? this + ":" + port : "[" + this + "]:" + port;
    }

    @Override
    public int compareTo(IpAddress other) {
        int order = family.compareTo(other.family);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order == 0 ? Long.compareUnsigned(low, other.low) : order;
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof IpAddress other && family == other.family && high == other.high && low == other.low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high * 0x9E37_79B9_7F4A_7C15L + low) * 31 + (isIpv4() ? 4 : 6);
    }

    /** Returns the canonical text: dotted decimal, or RFC 5952. */
    @Override
    public String toString() {
        return isIpv4() ? ipv4Text() : ipv6Text();
    }

    private String ipv4Text() {
        return (low >>> 24) + "." + ((low >>> 16) & 0xFF) + "." + ((low >>> 8) & 0xFF) + "." + (low & 0xFF);
    }

    private String ipv6Text() {
        int bestStart = -1;
        int bestLength = 1; // RFC 5952, section 4.2.2: one 16-bit zero field is not shortened
        int runLength = 0;
        for (int i = 0; i < 8; i++) {
            runLength = group(i) == 0 ? runLength + 1 : 0;
            if (runLength > bestLength) {
                bestLength = runLength;
                bestStart = i - runLength + 1;
            }
        }
        final StringBuilder text = new StringBuilder(MAX_TEXT_LENGTH);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        final long half = index < 4 ? high : low;
        return (int) (half >>> ((3 - (index & 3)) * 16)) & 0xFFFF;
    }
}
