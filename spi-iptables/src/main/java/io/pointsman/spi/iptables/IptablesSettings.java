package io.pointsman.spi.iptables;

import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.SettingsReader;
import java.util.Optional;

/**
 * Settings of the iptables backend. The key of each is its name in {@code lower-case-with-dashes}, unless another is given.
 *
 * @param flavour flavour of iptables; {@code auto} (empty here): the one that the host uses
 * @param place from {@code netns}, name or path of the network namespace to work in; default: that of the calling thread
 * @param mark masquerade mark, from {@code masquerade-bit}, 0 to 31
 * @param ours connection mark for our connections, from {@code ours-bit}, 0 to 31
 * @param lockWaitSeconds time to wait for the lock that all iptables programs share, 1 to 600
 * @param commentLimit maximum number of rules with which each carries the name of its Service, 0 and up
 * @param counterLimit maximum number of rules with which their counters are read for figures, 0 and up
 * @param watchSeconds interval of checks whether another program changed our rules, if the kernel does not notify; 0: no
 *     check
 * @param cutsStaleTcp from {@code stale-tcp} (keep or cut), whether TCP connections are cut when their endpoint is gone; UDP
 *     flows always are
 */
public record IptablesSettings(
        Optional<Flavour> flavour,
        Whereabouts place,
        MarkBit mark,
        MarkBit ours,
        int lockWaitSeconds,
        int commentLimit,
        int counterLimit,
        int watchSeconds,
        boolean cutsStaleTcp) {
    public static final IptablesSettings DEFAULT = new IptablesSettings(
            Optional.empty(),
            Whereabouts.here(),
            new MarkBit(MarkBit.Place.PACKET, HostNumbers.DEFAULT_MASQUERADE_BIT),
            new MarkBit(MarkBit.Place.CONNECTION, HostNumbers.DEFAULT_IPTABLES_OURS_BIT),
            5,
            1000,
            5000,
            5,
            false);

    public IptablesSettings {
        SettingsReader.requireRange("lock-wait-seconds", lockWaitSeconds, 1, 600);
        SettingsReader.requireRange("comment-limit", commentLimit, 0, Integer.MAX_VALUE);
        SettingsReader.requireRange("counter-limit", counterLimit, 0, Integer.MAX_VALUE);
        SettingsReader.requireRange("watch-seconds", watchSeconds, 0, 86_400);
    }

    /**
     * Reads the settings from a configuration; missing keys get their default.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and the values it accepts
     */
    static IptablesSettings of(BackendConfig config) throws BackendException {
        final SettingsReader read = new SettingsReader(config);
        try {
            final IptablesSettings settings = new IptablesSettings(
                    Flavour.read(read),
                    read.value("netns", Whereabouts.here(), Whereabouts::of),
                    bit(read, "masquerade-bit", DEFAULT.mark),
                    bit(read, "ours-bit", DEFAULT.ours),
                    read.number("lock-wait-seconds", DEFAULT.lockWaitSeconds),
                    read.number("comment-limit", DEFAULT.commentLimit),
                    read.number("counter-limit", DEFAULT.counterLimit),
                    read.number("watch-seconds", DEFAULT.watchSeconds),
                    read.choice("stale-tcp", StaleTcp.KEEP) == StaleTcp.CUT);
            read.requireNothingLeft();
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("iptables: " + e.getMessage() + "; nothing was changed", e);
        }
    }

    private static MarkBit bit(SettingsReader read, String key, MarkBit usual) {
        final int bit = read.number(key, usual.bit());
        SettingsReader.requireRange(key, bit, 0, 31);
        return new MarkBit(usual.place(), bit);
    }

    private enum StaleTcp {
        KEEP,
        CUT
    }
}
