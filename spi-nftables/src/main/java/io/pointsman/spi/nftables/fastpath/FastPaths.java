package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.spi.nftables.kernel.Commits;
import io.pointsman.spi.nftables.render.FastPath;
import io.pointsman.spi.nftables.render.Layout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The fast paths that there are: of the families for which it was asked for and a trial went well. Whatever goes wrong with
 * one, connections are served without. Used under the backend's lock.
 */
public final class FastPaths {
    private static final Measurement.Metric ON = new Measurement.Metric(
            "pointsman_nftables_fast_path",
            "1 where established connections are forwarded by a flowtable, 0 where that failed");

    private final FastPath asked;
    /** By family with a fast path, its interfaces. */
    private final Map<IpFamily, Interfaces> interfaces = new EnumMap<>(IpFamily.class);

    private final Consumer<String> warning;
    private final InterfaceWatch watch;

    private FastPaths(FastPath asked, Whereabouts place, Runnable check, Consumer<String> warning) {
        this.asked = asked;
        this.warning = warning;
        this.watch = new InterfaceWatch(place, check, warning);
    }

    /**
     * Tries each family, if it was asked for.
     *
     * @param check to be run when interfaces came or went: has {@link #enterInterfaces} called, under the lock
     * @param warning told of what failed
     */
    public static FastPaths tried(FastPath asked, Whereabouts place, Runnable check, Consumer<String> warning) {
        final FastPaths paths = new FastPaths(asked, place, check, warning);
        if (asked == FastPath.ON) {
            for (IpFamily family : IpFamily.values()) {
                final Optional<String> obstacle = FlowtableTrial.obstacle(family);
                obstacle.ifPresent(why ->
                        warning.accept("flowtable = on: not used for " + family + ", which is served without: " + why));
                if (obstacle.isEmpty()) {
                    paths.interfaces.put(family, new Interfaces(place, Layout.table(family)));
                }
            }
        }
        return paths;
    }

    public FastPath of(IpFamily family) {
        return interfaces.containsKey(family) ? FastPath.ON : FastPath.OFF;
    }

    /** Has the flowtables of these families hold the interfaces that there are, now and from now on. */
    public void enterInterfaces(Commits kernel, Collection<IpFamily> written) {
        try {
            if (!interfaces.isEmpty()) {
                watch.start();
            }
        } catch (KernelException e) {
            warning.accept("new interfaces will not be on the fast path: " + e.getMessage());
        }
        interfaces.forEach((family, each) -> {
            try {
                if (written.contains(family)) {
                    each.enter(kernel);
                }
            } catch (IOException e) {
                warning.accept("not all interfaces are on the fast path of " + family + ": " + e.getMessage());
            }
        });
    }

    /** A sentence for each flowtable from which somebody took interfaces. */
    public List<String> differences(NfTables kernel) throws IOException {
        final List<String> findings = new ArrayList<>();
        for (Interfaces each : interfaces.values()) {
            each.difference(kernel).ifPresent(findings::add);
        }
        return findings;
    }

    /** Of each family, if it was asked for, whether it has a fast path. */
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>();
        if (asked == FastPath.ON) {
            for (IpFamily family : IpFamily.values()) {
                all.add(new Measurement.Gauge(
                        ON, Map.of("family", family.toString()), interfaces.containsKey(family) ? 1 : 0));
            }
        }
        return all;
    }

    /** Ends the watch; what is in the kernel stays. */
    public void stop() {
        watch.stop();
    }
}
