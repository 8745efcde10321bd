package io.pointsman.agent.look;

import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An address and an optional port, as a user writes them: {@code 10.0.0.1}, {@code 10.0.0.1:80}, {@code 2001:db8::1},
 * {@code [2001:db8::1]:80}.
 */
public record AddressAndPort(IpAddress address, OptionalInt port) {
    /**
     * Parses an address and an optional port.
     *
     * @param option the option that the text was given for
     * @throws ConfigException naming the option and what is wrong
     */
    public static AddressAndPort parse(String option, String text) throws ConfigException {
        final Optional<IpAddress> bare = IpAddress.tryParse(text);
        if (bare.isPresent()) {
            return new AddressAndPort(bare.get(), OptionalInt.empty());
        }
        final int colon = text.lastIndexOf(':');
        String address = colon < 0 ? text : text.substring(0, colon);
        if (address.startsWith("[") && address.endsWith("]")) {
            address = address.substring(1, address.length() - 1);
        } else if (text.startsWith("[") && text.endsWith("]")) {
            return new AddressAndPort(address(option, text.substring(1, text.length() - 1), text), OptionalInt.empty());
        }
        if (colon < 0) {
            return new AddressAndPort(address(option, text, text), OptionalInt.empty());
        }
        return new AddressAndPort(
                address(option, address, text), OptionalInt.of(port(option, text.substring(colon + 1), text)));
    }

    private static IpAddress address(String option, String address, String text) throws ConfigException {
        return IpAddress.tryParse(address)
                .orElseThrow(() -> new ConfigException(option + ": \"" + address + "\" in \"" + text
                        + "\" is no IP address; give one as 10.0.0.1:80 or [2001:db8::1]:80; names are not looked up"));
    }

    private static int port(String option, String port, String text) throws ConfigException {
        try {
            final int value = Integer.parseInt(port);
            if (value >= 1 && value <= 65535) {
                return value;
            }
        } catch (NumberFormatException _) {
            // reported below
        }
        throw new ConfigException(option + ": port \"" + port + "\" in \"" + text + "\" is not in 1..65535");
    }
}
