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
 * The fast paths in use: of the families for which it is enabled and a trial succeeded. If a fast path fails, connections
 * are served without it. Used under the backend's lock.
 */
public final class FastPaths {
    private static final Measurement.Metric ON = new Measurement.Metric(
            "pointsman_nftables_fast_path",
            "1 where established connections are forwarded by a flowtable, 0 where that failed");

    private final FastPath asked;
    /** Interfaces of each family that has a fast path. */
    private final Map<IpFamily, Interfaces> interfaces = new EnumMap<>(IpFamily.class);

    private final Consumer<String> warning;
    private final InterfaceWatch watch;

    private FastPaths(FastPath asked, Whereabouts place, Runnable check, Consumer<String> warning) {
        this.asked = asked;
        this.warning = warning;
        this.watch = new InterfaceWatch(place, check, warning);
    }

    /**
     * Runs a trial for each family if the fast path is enabled.
     *
     * @param check called when interfaces appeared or disappeared; must call {@link #enterInterfaces} under the lock
     * @param warning receives a message about each failure
     */
    public static FastPaths tried(FastPath asked, Whereabouts place, Runnable check, Consumer<String> warning) {
        final FastPaths paths = new FastPaths(asked, place, check, warning);
        if (asked == FastPath.ON) {
            for (IpFamily family : IpFamily.values()) {
                final Optional<String> obstacle = FlowtableTrial.obstacle(family);
                obstacle.ifPresent(why -> warning.accept(
                        "flowtable = on: not used for " + family + ", which is served without it: " + why));
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

    /** Enters the node's interfaces into the flowtables of these families, now and whenever they change. */
    public void enterInterfaces(Commits kernel, Collection<IpFamily> written) {
        try {
            if (!interfaces.isEmpty()) {
                watch.start();
            }
        } catch (KernelException e) {
            warning.accept("new interfaces will not be added to the fast path: " + e.getMessage());
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

    /** Describes, in a sentence for each flowtable, which interfaces another program removed from it. */
    public List<String> differences(NfTables kernel) throws IOException {
        final List<String> findings = new ArrayList<>();
        for (Interfaces each : interfaces.values()) {
            each.difference(kernel).ifPresent(findings::add);
        }
        return findings;
    }

    /** Measurements that say for each family whether it has a fast path; none if the fast path is disabled. */
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

    /** Stops watching interfaces; the kernel's flowtables stay. */
    public void stop() {
        watch.stop();
    }
}
