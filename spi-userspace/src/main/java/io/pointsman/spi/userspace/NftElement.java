package io.pointsman.spi.userspace;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.util.Locale;
import java.util.Objects;

/**
 * An element of a set or map.
 *
 * @param value empty in a set
 */
record NftElement(NftSet set, String key, String value) {
    NftElement {
        Objects.requireNonNull(set, "set");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
    }

    static NftElement of(NftSet.Kind kind, IpAddress address) {
        return new NftElement(new NftSet(kind, address.family()), address.toString(), "");
    }

    static NftElement of(NftSet.Kind kind, Protocol protocol, IpAddress address, int port, String value) {
        return new NftElement(new NftSet(kind, address.family()), key(protocol, address, port), value);
    }

    static NftElement of(NftSet.Kind kind, IpAddress address, String value) {
        return new NftElement(new NftSet(kind, address.family()), address.toString(), value);
    }

    static String key(Protocol protocol, IpAddress address, int port) {
        return address + " . " + protocol.name().toLowerCase(Locale.ROOT) + " . " + port;
    }

    String text() {
        return value.isEmpty() ? key : key + " : " + value;
    }
}
