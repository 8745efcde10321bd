package io.pointsman.linux.nftables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Threads;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Compares wanted elements with those that a set or map has under the same keys, by look-ups. */
final class ElementComparison {
    /** Size above which looking up elements is faster than a dump, which walks the set from its start for every 32 KiB. */
    static final int LARGE_SET = 10_000;

    private ElementComparison() {}

    /**
     * Result of looking elements up.
     *
     * @param present number of keys that the set has
     * @param unequal wanted elements that are missing or have another value
     * @param others elements of the set under the keys of those with another value
     */
    record Found(int present, List<Element> unequal, List<Element> others) {
        private Found and(Found next) {
            return new Found(
                    present + next.present, concatenated(unequal, next.unequal), concatenated(others, next.others));
        }

        private static List<Element> concatenated(List<Element> first, List<Element> second) {
            final List<Element> both = new ArrayList<>(first);
            both.addAll(second);
            return both;
        }
    }

    /**
     * Compares the wanted elements with those present under their keys, in their order. A large set is looked up in two
     * halves at once if there is a second socket, as the kernel lets each socket read independently.
     */
    static Found of(
            NetlinkSocket socket, @Nullable NetlinkSocket second, TableId table, NamedSet set, List<Element> wanted)
            throws KernelException {
        if (second == null || wanted.size() < LARGE_SET) {
            return lookUp(socket, table, set, wanted);
        }
        final int middle = wanted.size() / 2;
        final FutureTask<Found> firstHalf =
                new FutureTask<>(() -> lookUp(second, table, set, wanted.subList(0, middle)));
        final Thread thread =
                Thread.ofPlatform().name("nftables-lookup").daemon().start(firstHalf);
        final Found secondHalf;
        try {
            secondHalf = lookUp(socket, table, set, wanted.subList(middle, wanted.size()));
        } finally {
            Threads.await(thread); // it uses our socket
        }
        return result(firstHalf).and(secondHalf);
    }

    private static Found lookUp(NetlinkSocket on, TableId table, NamedSet set, List<Element> wanted)
            throws KernelException {
        final List<Element> unequal = new ArrayList<>();
        final List<Element> others = new ArrayList<>();
        final int present = new ElementLookup(on, table, set).each(wanted, (asked, there) -> {
            if (!asked.equals(there)) {
                unequal.add(asked);
                if (there != null) {
                    others.add(there);
                }
            }
        });
        return new Found(present, unequal, others);
    }

    private static Found result(FutureTask<Found> done) throws KernelException {
        try {
            return done.resultNow();
        } catch (IllegalStateException e) {
            if (done.exceptionNow() instanceof KernelException failure) {
                throw failure;
            }
            throw new IllegalStateException("elements could not be compared", done.exceptionNow());
        }
    }
}
