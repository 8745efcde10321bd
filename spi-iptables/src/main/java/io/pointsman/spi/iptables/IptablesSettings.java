package io.pointsman.spi.iptables;

import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a user can tune, each under the key that is its name in {@code lower-case-with-dashes}.
 *
 * @param flavour which iptables; {@code auto} (empty here): the one that the host uses
 * @param place from {@code netns}, name or path of the network namespace to work in; that of the calling thread without
 * @param mark from {@code masquerade-bit}, 0 to 31
 * @param lockWaitSeconds how long to wait for the lock that all iptables programs share, 1 to 600
 * @param commentLimit rules carry the names of their Services while there are no more than this many, 0 and up
 * @param watchSeconds how often to look whether somebody else changed our rules, where the kernel does not tell; 0
 *     never to notice
 * @param cutsStaleTcp whether TCP connections are cut too when their endpoint is gone; UDP flows always are
 */
record IptablesSettings(
        Optional<Flavour> flavour,
        Place place,
        MasqueradeMark mark,
        int lockWaitSeconds,
        int commentLimit,
        int watchSeconds,
        boolean cutsStaleTcp) {
    private static final String AUTO = "auto";
    private static final int MASQUERADE_BIT = 14; // as kube-proxy

    static final IptablesSettings DEFAULT =
            new IptablesSettings(Optional.empty(), Place.here(), new MasqueradeMark(MASQUERADE_BIT), 5, 1000, 5, false);

    IptablesSettings {
        requireRange("lock-wait-seconds", lockWaitSeconds, 1, 600);
        requireRange("comment-limit", commentLimit, 0, Integer.MAX_VALUE);
        requireRange("watch-seconds", watchSeconds, 0, 86_400);
    }

    /**
     * The settings of a configuration; what it leaves out is default.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and what it takes
     */
    static IptablesSettings of(BackendConfig config) throws BackendException {
        final Map<String, String> left = new HashMap<>(config.settings());
        try {
            final IptablesSettings settings = new IptablesSettings(
                    flavour(take(left, "flavour", AUTO)),
                    Place.of(take(left, "netns", "")),
                    new MasqueradeMark(number(left, "masquerade-bit", MASQUERADE_BIT)),
                    number(left, "lock-wait-seconds", DEFAULT.lockWaitSeconds),
                    number(left, "comment-limit", DEFAULT.commentLimit),
                    number(left, "watch-seconds", DEFAULT.watchSeconds),
                    cutsStaleTcp(take(left, "stale-tcp", "keep")));
            if (!left.isEmpty()) {
                throw new IllegalArgumentException("unknown setting " + new TreeSet<>(left.keySet())
                        + "; known are comment-limit, flavour, lock-wait-seconds, masquerade-bit, netns,"
                        + " stale-tcp, watch-seconds");
            }
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("iptables: " + e.getMessage() + "; nothing was changed", e);
        }
    }

    private static String take(Map<String, String> left, String key, String byDefault) {
        final String value = left.remove(key);
        return value == null ? byDefault : value.strip();
    }

    private static int number(Map<String, String> left, String key, int byDefault) {
        final String value = take(left, key, Integer.toString(byDefault));
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " \"" + value + "\" is not a whole number in range", e);
        }
    }

    private static Optional<Flavour> flavour(String text) {
        if (text.equals(AUTO)) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(Flavour.values())
                .filter(flavour -> flavour.word().equals(text))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("flavour \"" + text + "\" is not auto, nft or legacy")));
    }

    private static boolean cutsStaleTcp(String text) {
        return switch (text) {
            case "keep" -> false;
            case "cut" -> true;
            default -> throw new IllegalArgumentException("stale-tcp \"" + text + "\" is not keep or cut");
        };
    }

    private static void requireRange(String key, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(key + " " + value + " is not in " + lowest + ".." + highest);
        }
    }
}
