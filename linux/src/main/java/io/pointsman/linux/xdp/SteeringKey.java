package io.pointsman.linux.xdp;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;

/**
 * Keys of the steering program's maps. A packet's tuple has 40 bytes: source address, source port, two zero bytes,
 * destination address, destination port, protocol, a zero byte. The last 20 are a frontend's key. Addresses have 16 bytes,
 * IPv4 ones mapped (RFC 4291, section 2.5.5.2); ports are in network order, and 0 for protocols without ports.
 */
final class SteeringKey {
    static final int TUPLE_BYTES = 40;
    static final int FRONTEND_BYTES = 20;
    static final int SOURCE_PORT = 16;
    static final int DESTINATION = TUPLE_BYTES - FRONTEND_BYTES;
    static final int DESTINATION_PORT = 36;
    static final int PROTOCOL = 38;

    private static final int MAPPED = 10; // index of the two bytes 0xFF of a mapped address

    private SteeringKey() {}

    static byte[] frontend(int protocol, IpAddress address, int port) {
        final byte[] key = new byte[FRONTEND_BYTES];
        end(key, 0, protocol, address, port);
        return key;
    }

    static byte[] tuple(int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        final byte[] key = new byte[TUPLE_BYTES];
        address(key, 0, source);
        port(key, SOURCE_PORT, sourcePort);
        end(key, DESTINATION, protocol, destination, destinationPort);
        return key;
    }

    private static void end(byte[] key, int from, int protocol, IpAddress address, int port) {
        address(key, from, address);
        port(key, from + 16, port);
        key[from + 18] = (byte) protocol;
    }

    private static void address(byte[] key, int from, IpAddress address) {
        final byte[] bytes = address.toBytes();
        if (address.family() == IpFamily.IPV4) {
            key[from + MAPPED] = (byte) 0xFF;
            key[from + MAPPED + 1] = (byte) 0xFF;
        }
        System.arraycopy(bytes, 0, key, from + 16 - bytes.length, bytes.length);
    }

    private static void port(byte[] key, int from, int port) {
        key[from] = (byte) (port >>> 8);
        key[from + 1] = (byte) port;
    }
}
