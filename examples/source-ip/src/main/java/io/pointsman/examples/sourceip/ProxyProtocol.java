package io.pointsman.examples.sourceip;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/**
 * Header by which a proxy names its client: PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt, section 2.2).
 * Accept it only from proxies: any other client could claim any address.
 */
final class ProxyProtocol {
    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int FIXED_BYTES = 16;
    private static final int MAX_REST_BYTES = 4096;

    private static final int VERSION_2 = 2;
    private static final int LOCAL = 0;
    private static final int PROXY = 1;
    private static final int INET = 1;
    private static final int INET6 = 2;

    private ProxyProtocol() {}

    /** The input does not begin with a header of version 2. */
    static final class MalformedException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /**
     * Reads the header and returns the client's address; empty if the proxy connects for itself, or the client has no IP
     * address.
     */
    static Optional<InetAddress> read(InputStream in) throws IOException {
        final byte[] fixed = exactly(in, FIXED_BYTES);
        if (!Arrays.equals(fixed, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            throw new MalformedException("no PROXY protocol header of version 2");
        }
        final int version = (fixed[12] >> 4) & 0x0F;
        final int command = fixed[12] & 0x0F;
        final int family = (fixed[13] >> 4) & 0x0F;
        final int length = (fixed[14] & 0xFF) << 8 | (fixed[15] & 0xFF);
        if (version != VERSION_2 || command > PROXY) {
            throw new MalformedException("PROXY protocol version " + version + ", command " + command);
        }
        if (length > MAX_REST_BYTES) {
            throw new MalformedException("a PROXY protocol header of " + length + " bytes more");
        }
        final byte[] rest = exactly(in, length);
        if (command == LOCAL) {
            return Optional.empty();
        }
        return switch (family) {
            case INET -> Optional.of(address(rest, 4));
            case INET6 -> Optional.of(address(rest, 16));
            default -> Optional.empty();
        };
    }

    private static byte[] exactly(InputStream in, int count) throws IOException {
        final byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the connection ends within its PROXY protocol header");
        }
        return bytes;
    }

    /** Parses the source address. The destination address and both ports follow it. */
    private static InetAddress address(byte[] rest, int addressBytes) throws IOException {
        if (rest.length < 2 * addressBytes + 4) {
            throw new MalformedException(
                    "a PROXY protocol header too short for its addresses: " + rest.length + " bytes");
        }
        return InetAddress.getByAddress(Arrays.copyOf(rest, addressBytes));
    }
}
