package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.Errno;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.Flowtable;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.linux.route.Link;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.spi.nftables.kernel.Commits;
import io.pointsman.spi.nftables.render.Layout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Interfaces of the node in a table's flowtable: all Ethernet interfaces, except loopback and ports of a bridge or bond,
 * whose packets are routed as the bridge's or bond's. Not thread-safe.
 */
final class Interfaces {
    /** Interfaces in one message; the kernel accepts 256 (NFT_NETDEVICE_MAX). */
    private static final int AT_ONCE = 128;

    private static final int TRIES = 5;
    private static final String LOOPBACK = "lo";

    private final Whereabouts place;
    private final TableId table;
    /** Interfaces that were entered and still existed then. */
    private NavigableSet<String> entered = new TreeSet<>();

    Interfaces(Whereabouts place, TableId table) {
        this.place = place;
        this.table = table;
    }

    /**
     * Enters the node's present interfaces into the flowtable and removes others.
     *
     * @throws IOException when the kernel refused an interface that did not appear or disappear meanwhile
     */
    void enter(Commits kernel) throws IOException {
        for (int tries = 1; ; tries++) {
            final NavigableSet<String> wanted = wanted();
            try {
                commit(kernel, present(kernel.kernel()), wanted);
                entered = wanted;
                return;
            } catch (TransactionException e) {
                final Errno errno = e.first().errno();
                final boolean isMoved = errno.equals(Errno.ENOENT) || errno.equals(Errno.EEXIST);
                if (!isMoved || tries == TRIES) {
                    throw e;
                }
                // an interface disappeared or came back after it was listed
            }
        }
    }

    private void commit(Commits kernel, NavigableSet<String> present, NavigableSet<String> wanted) throws IOException {
        final List<String> missing = difference(wanted, present);
        final List<String> gone = difference(present, wanted);
        final Flowtable flowtable = Flowtable.of(Layout.FAST_PATH);
        final Transaction transaction = new Transaction();
        for (int from = 0; from < gone.size(); from += AT_ONCE) {
            transaction.deleteDevices(table, flowtable.with(some(gone, from)));
        }
        for (int from = 0; from < missing.size(); from += AT_ONCE) {
            transaction.add(table, flowtable.with(some(missing, from)));
        }
        kernel.commit(transaction);
    }

    private static List<String> some(List<String> names, int from) {
        return names.subList(from, Math.min(names.size(), from + AT_ONCE));
    }

    private static List<String> difference(NavigableSet<String> these, NavigableSet<String> without) {
        final List<String> rest = new ArrayList<>(these);
        rest.removeAll(without);
        return rest;
    }

    /** Describes in a sentence which interfaces another program removed; empty if none. */
    Optional<String> difference(NfTables kernel) throws IOException {
        final NavigableSet<String> expected = wanted();
        expected.retainAll(entered); // later interfaces will be entered soon
        final List<String> missing = difference(expected, present(kernel));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("table " + table + ": flowtable " + Layout.FAST_PATH + " lacks interfaces "
                        + String.join(", ", missing));
    }

    private NavigableSet<String> present(NfTables kernel) throws IOException {
        final NavigableSet<String> present = new TreeSet<>();
        kernel.flowtables(table).stream()
                .filter(flowtable -> flowtable.name().equals(Layout.FAST_PATH))
                .forEach(flowtable -> present.addAll(flowtable.devices()));
        return present;
    }

    private NavigableSet<String> wanted() throws IOException {
        final NavigableSet<String> wanted = new TreeSet<>();
        try (RouteNetlink route = place.call(RouteNetlink::open)) {
            route.links().stream().filter(Interfaces::isWanted).map(Link::name).forEach(wanted::add);
        }
        return wanted;
    }

    static boolean isWanted(Link link) {
        return link.masterIndex().isEmpty()
                && link.hardwareAddress().isPresent()
                && !link.name().equals(LOOPBACK);
    }
}
