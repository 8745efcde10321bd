package io.pointsman.spi.ipvs;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.SettingsReader;
import io.pointsman.spi.ipvs.host.Marks;
import io.pointsman.spi.ipvs.host.SysctlSetting;
import io.pointsman.spi.ipvs.translate.Schedulers;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Settings of the IPVS backend. The key of each is its name in {@code lower-case-with-dashes}, unless another is given.
 *
 * @param schedulers from key "scheduler", the kernel's name of the scheduler for Services without an algorithm, default
 *     "rr"; and from key "hash-flags", "none" or "fallback" and "port"
 * @param fallsBack from key "local-policy": "drop", or "fallback" as kube-proxy's IPVS mode does
 * @param drainDeadlineSeconds maximum time that a removed destination keeps its connections, 1 second to 30 days
 * @param drainPollSeconds interval at which connections of draining destinations are counted, 1 to 3600
 * @param marks bits of the connection mark, from {@code masquerade-bit} and {@code ours-bit}
 * @param flavour flavour of iptables; {@code auto} (empty here): the one that the host uses
 * @param sysctls from {@code sysctl-NAME}: {@code must}, {@code try} or {@code skip}
 */
record IpvsSettings(
        Schedulers schedulers,
        boolean fallsBack,
        int drainDeadlineSeconds,
        int drainPollSeconds,
        Marks marks,
        Optional<Flavour> flavour,
        Map<SysctlSetting, Sysctl.Policy> sysctls) {
    private static final int DAYS_30 = 30 * 24 * 3600;

    IpvsSettings {
        SettingsReader.requireRange("drain-deadline-seconds", drainDeadlineSeconds, 1, DAYS_30);
        SettingsReader.requireRange("drain-poll-seconds", drainPollSeconds, 1, 3600);
        sysctls = Map.copyOf(sysctls);
    }

    /**
     * Reads the settings from a configuration; missing keys get their default.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and the values it accepts
     */
    static IpvsSettings of(BackendConfig config) throws BackendException {
        final SettingsReader read = new SettingsReader(config);
        try {
            final Map<SysctlSetting, Sysctl.Policy> sysctls = new EnumMap<>(SysctlSetting.class);
            for (SysctlSetting wish : SysctlSetting.values()) {
                sysctls.put(wish, read.choice(wish.key(), wish.usual()));
            }
            final IpvsSettings settings = new IpvsSettings(
                    new Schedulers(
                            read.value("scheduler", "rr", Function.identity()),
                            Schedulers.hashFlags(read.value("hash-flags", "fallback", Function.identity()))),
                    read.choice("local-policy", LocalPolicy.DROP) == LocalPolicy.FALLBACK,
                    read.number("drain-deadline-seconds", 900),
                    read.number("drain-poll-seconds", 5),
                    new Marks(
                            read.number("masquerade-bit", HostNumbers.DEFAULT_MASQUERADE_BIT),
                            read.number("ours-bit", HostNumbers.DEFAULT_IPVS_OURS_BIT)),
                    Flavour.read(read),
                    sysctls);
            read.requireNothingLeft();
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("ipvs: " + e.getMessage() + "; nothing was changed", e);
        }
    }

    private enum LocalPolicy {
        DROP,
        FALLBACK
    }
}
