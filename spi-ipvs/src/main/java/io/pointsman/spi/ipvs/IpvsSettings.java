package io.pointsman.spi.ipvs;

import io.pointsman.linux.Sysctl;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a user can tune, each under the key that is its name in {@code lower-case-with-dashes}.
 *
 * @param schedulers from key "scheduler": the kernel's name of the one for Services that name no algorithm, "rr"; from key
 *     "hash-flags": "none", or "fallback" and "port"
 * @param fallsBack from key "local-policy": "drop", or "fallback" as kube-proxy's IPVS mode does
 * @param drainDeadlineSeconds a destination that leaves keeps its connections for no longer; 1 to 30 days
 * @param drainPollSeconds how often connections of such destinations are counted, 1 to 3600
 * @param marks from {@code masquerade-bit} and {@code ours-bit}, of the connection mark
 * @param flavour which iptables; {@code auto} (empty here): the first that works, nft before legacy
 * @param sysctls from {@code sysctl-NAME}: {@code must}, {@code try} or {@code skip}
 */
record IpvsSettings(
        Schedulers schedulers,
        boolean fallsBack,
        int drainDeadlineSeconds,
        int drainPollSeconds,
        Marks marks,
        Optional<Flavour> flavour,
        Map<SysctlWish, Sysctl.Policy> sysctls) {
    private static final int DAYS_30 = 30 * 24 * 3600;

    IpvsSettings {
        requireRange("drain-deadline-seconds", drainDeadlineSeconds, 1, DAYS_30);
        requireRange("drain-poll-seconds", drainPollSeconds, 1, 3600);
        sysctls = Map.copyOf(sysctls);
    }

    /**
     * The settings of a configuration; what it leaves out is default.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and what it takes
     */
    static IpvsSettings of(BackendConfig config) throws BackendException {
        final Map<String, String> left = new HashMap<>(config.settings());
        final TreeSet<String> known = new TreeSet<>();
        try {
            final Map<SysctlWish, Sysctl.Policy> sysctls = new EnumMap<>(SysctlWish.class);
            for (SysctlWish wish : SysctlWish.values()) {
                sysctls.put(wish, choice(Sysctl.Policy.class, wish.key(), take(left, known, wish.key(), wish.usual())));
            }
            final IpvsSettings settings = new IpvsSettings(
                    new Schedulers(
                            take(left, known, "scheduler", "rr"),
                            Schedulers.hashFlags(take(left, known, "hash-flags", "fallback"))),
                    choice(LocalPolicy.class, "local-policy", take(left, known, "local-policy", LocalPolicy.DROP))
                            == LocalPolicy.FALLBACK,
                    number(left, known, "drain-deadline-seconds", 900),
                    number(left, known, "drain-poll-seconds", 5),
                    new Marks(number(left, known, "masquerade-bit", 14), number(left, known, "ours-bit", 12)),
                    flavour(take(left, known, "flavour", "auto")),
                    sysctls);
            if (!left.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown setting " + new TreeSet<>(left.keySet()) + "; known are " + String.join(", ", known));
            }
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("ipvs: " + e.getMessage() + "; nothing was changed", e);
        }
    }

    private enum LocalPolicy {
        DROP,
        FALLBACK
    }

    private static String take(Map<String, String> left, TreeSet<String> known, String key, Object byDefault) {
        known.add(key);
        final String value = left.remove(key);
        return value == null ? byDefault.toString().toLowerCase(Locale.ROOT) : value.strip();
    }

    private static int number(Map<String, String> left, TreeSet<String> known, String key, int byDefault) {
        final String value = take(left, known, key, byDefault);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " \"" + value + "\" is not a whole number in range", e);
        }
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String key, String value) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(key + " \"" + value + "\" is none of "
                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
    }

    private static Optional<Flavour> flavour(String text) {
        return text.equals("auto") ? Optional.empty() : Optional.of(choice(Flavour.class, "flavour", text));
    }

    private static void requireRange(String key, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(key + " " + value + " is not in " + lowest + ".." + highest);
        }
    }
}
