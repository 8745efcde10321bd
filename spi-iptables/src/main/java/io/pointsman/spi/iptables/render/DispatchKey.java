package io.pointsman.spi.iptables.render;

import io.pointsman.linux.backend.StableHash;
import io.pointsman.linux.iptables.Matches;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import java.util.Comparator;
import java.util.Locale;

/**
 * Frontends as strings of two-bit digits: first the VIP's, then one for the protocol, then the port's. The leading digits
 * form a prefix, which iptables can match.
 */
public final class DispatchKey {
    private static final int DIGIT_BITS = 2;
    private static final int PORT_BITS = 16;

    /** Number of values of a digit, from 0. */
    static final int RADIX = 1 << DIGIT_BITS;

    /** Order of frontends by their digits. */
    static final Comparator<Frontend> ORDER = Comparator.comparing(Frontend::vip)
            .thenComparing(Frontend::protocol)
            .thenComparingInt(Frontend::port);

    private DispatchKey() {}

    /** Number of digits of the address. */
    static int addressDigits(IpFamily family) {
        return family.bits() / DIGIT_BITS;
    }

    /** Number of digits of a frontend. */
    static int digits(IpFamily family) {
        return addressDigits(family) + 1 + PORT_BITS / DIGIT_BITS;
    }

    static int digit(Frontend frontend, int index) {
        final int addressDigits = addressDigits(frontend.family());
        if (index < addressDigits) {
            return addressDigit(frontend.vip(), index);
        }
        if (index == addressDigits) {
            return switch (frontend.protocol()) {
                case TCP -> 0;
                case UDP -> 1;
                case SCTP -> 2;
            };
        }
        return (frontend.port() >>> (PORT_BITS - DIGIT_BITS * (index - addressDigits))) & (RADIX - 1);
    }

    private static int addressDigit(IpAddress address, int index) {
        final int shift = address.family().bits() - DIGIT_BITS * (index + 1); // from the least significant bit
        final long half = shift >= Long.SIZE ? address.high() : address.low();
        return (int) (half >>> (shift % Long.SIZE)) & (RADIX - 1);
    }

    /** Returns a match for all frontends with the same first {@code digits} digits; ends in a blank unless empty. */
    static String match(Frontend frontend, int digits) {
        final int addressDigits = addressDigits(frontend.family());
        if (digits <= addressDigits) {
            return Matches.destination(new Cidr(frontend.vip(), digits * DIGIT_BITS));
        }
        final int portBits = DIGIT_BITS * (digits - addressDigits - 1);
        final int free = (1 << (PORT_BITS - portBits)) - 1;
        final int lowest = frontend.port() & ~free;
        final String protocol = vip(frontend) + "-p " + word(frontend.protocol()) + " ";
        if (portBits == 0) {
            return protocol;
        }
        final String ports = free == 0 ? Integer.toString(lowest) : lowest + ":" + (lowest | free);
        return protocol + "-m " + word(frontend.protocol()) + " --dport " + ports + " ";
    }

    /** Returns a match for exactly this frontend. */
    static String match(Frontend frontend) {
        return match(frontend, digits(frontend.family()));
    }

    private static String vip(Frontend frontend) {
        return frontend.isNodePort() ? "" : Matches.destination(Cidr.of(frontend.vip()));
    }

    /** Returns the protocol's name as {@code -p} and {@code -m} take it. */
    static String word(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    /** Returns a name for the chain of a prefix: readable if it is short enough, else a hash. */
    static String chainName(String root, Frontend frontend, int digits) {
        if (frontend.vip().isIpv4() && digits <= addressDigits(IpFamily.IPV4)) {
            final Cidr range = new Cidr(frontend.vip(), digits * DIGIT_BITS);
            return root + "-" + range.address() + "_" + range.prefixLength();
        }
        return root + "-" + StableHash.word(match(frontend, digits));
    }
}
