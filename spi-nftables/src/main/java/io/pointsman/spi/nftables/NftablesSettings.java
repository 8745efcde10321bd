package io.pointsman.spi.nftables;

import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.SettingsReader;
import io.pointsman.spi.nftables.render.Counting;
import io.pointsman.spi.nftables.render.FastPath;
import io.pointsman.spi.nftables.render.Rewriting;
import io.pointsman.spi.nftables.render.TableOptions;
import java.util.Set;

/**
 * Settings of the backend. Each key is the setting's name in {@code lower-case-with-dashes}.
 *
 * @param place from {@code netns}: name or path of the network namespace to work in; without it, the calling thread's
 * @param table from {@code masquerade-bit}, 0 to 31; {@code masquerade-ports}, two ports separated by a dash;
 *     {@code affinity-size}, clients per family that can be bound to endpoints at a time, 1 to 2^24: further clients are
 *     served, but without affinity; {@code counters}: {@code none}, {@code connections} or {@code packets};
 *     {@code table-owner}: {@code nobody} or {@code agent}, which lets no other program change the tables while the agent
 *     runs; {@code flowtable}: {@code off} or {@code on}
 * @param watchSeconds longest time in seconds until another program's change of our table is noticed; 0: never
 * @param cutsStaleTcp whether TCP connections, too, are ended when their endpoint is gone; UDP flows always are
 */
record NftablesSettings(Whereabouts place, TableOptions table, int watchSeconds, boolean cutsStaleTcp) {
    private static final int DEFAULT_AFFINITY_SIZE = 1 << 20;
    private static final int MAX_AFFINITY_SIZE = 1 << 24;
    private static final int MAX_PORT = 65535;

    /** Ports above the default range of Kubernetes node ports. */
    private static final Rewriting DEFAULT_REWRITING =
            new Rewriting(HostNumbers.DEFAULT_MASQUERADE_BIT, 32768, MAX_PORT);

    private enum StaleTcp {
        KEEP,
        CUT
    }

    private enum TableOwner {
        NOBODY,
        AGENT
    }

    private record PortRange(int first, int last) {
        static PortRange parse(String text) {
            final String[] ends = text.split("-", -1);
            if (ends.length != 2) {
                throw new IllegalArgumentException("is not two ports with a dash between");
            }
            final PortRange range = new PortRange(Integer.parseInt(ends[0].strip()), Integer.parseInt(ends[1].strip()));
            if (range.first < 1 || range.last > MAX_PORT || range.first > range.last) {
                throw new IllegalArgumentException("is not a range within 1-65535");
            }
            return range;
        }
    }

    /**
     * Returns the settings of a configuration; absent keys have their defaults.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and its valid values
     */
    static NftablesSettings of(BackendConfig config) throws BackendException {
        final SettingsReader read = new SettingsReader(config);
        try {
            final PortRange ports = read.value(
                    "masquerade-ports",
                    new PortRange(DEFAULT_REWRITING.firstPort(), DEFAULT_REWRITING.lastPort()),
                    PortRange::parse);
            final int bit = read.number("masquerade-bit", DEFAULT_REWRITING.markBit());
            SettingsReader.requireRange("masquerade-bit", bit, 0, 31);
            final int affinitySize = read.number("affinity-size", DEFAULT_AFFINITY_SIZE);
            SettingsReader.requireRange("affinity-size", affinitySize, 1, MAX_AFFINITY_SIZE);
            final int watchSeconds = read.number("watch-seconds", 5);
            SettingsReader.requireRange("watch-seconds", watchSeconds, 0, 86_400);
            final NftablesSettings settings = new NftablesSettings(
                    read.value("netns", Whereabouts.here(), Whereabouts::of),
                    new TableOptions(
                            new Rewriting(bit, ports.first, ports.last),
                            affinitySize,
                            read.choice("counters", Counting.CONNECTIONS),
                            read.choice("table-owner", TableOwner.NOBODY) == TableOwner.AGENT
                                    ? TableOptions.OF_AGENT
                                    : Set.of(),
                            read.choice("flowtable", FastPath.OFF)),
                    watchSeconds,
                    read.choice("stale-tcp", StaleTcp.KEEP) == StaleTcp.CUT);
            read.requireNothingLeft();
            if (settings.table().hasFastPath() && settings.table().counting() == Counting.PACKETS) {
                throw new IllegalArgumentException(
                        "counters = packets and flowtable = on: rules that count see none of the"
                                + " packets that a flowtable forwards; leave one of them out");
            }
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("nftables: " + e.getMessage() + "; nothing was changed", e);
        }
    }
}
