package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import java.util.List;

/** Checks addresses that may be sent to, and ranges. The plan decides which addresses may be served. */
final class Addresses {
    private static final List<Cidr> LINK_LOCAL = List.of(Cidr.parse("169.254.0.0/16"), Cidr.parse("fe80::/10"));
    private static final List<Cidr> MULTICAST = List.of(Cidr.parse("224.0.0.0/4"), Cidr.parse("ff00::/8"));

    private Addresses() {}

    /**
     * Reads an address that a Service may send to. Link-local ones are refused, as at the API server: 169.254.169.254 gives
     * out a cloud machine's credentials. Loopback, which the API server refuses too, is accepted: its objects never carry
     * it, and a file that does is meant for tests on one machine.
     */
    static IpAddress ordinary(Field field) throws RefusedException {
        final IpAddress address = field.address();
        if (address.isUnspecified()) {
            throw field.refused(address + " stands for any address; one address is needed");
        }
        if (isIn(LINK_LOCAL, address)) {
            throw field.refused(address + " is link-local (169.254.0.0/16, fe80::/10), which is not allowed");
        }
        if (isIn(MULTICAST, address)) {
            throw field.refused(address + " is a multicast address, which is not allowed");
        }
        return address;
    }

    /** Reads a range in Kubernetes' form, always with a length. Surrounding spaces are dropped, as in kube-proxy. */
    static Cidr range(Field field) throws RefusedException {
        final String text = field.requiredText().strip();
        if (text.indexOf('/') >= 0) {
            try {
                return Cidr.parse(text);
            } catch (IllegalArgumentException _) {
                // reported below, in the same words as other malformed ranges
            }
        }
        throw field.refused(Quoted.of(text) + " is not an address range such as 10.0.0.0/8 or 2001:db8::/32");
    }

    private static boolean isIn(List<Cidr> ranges, IpAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }
}
