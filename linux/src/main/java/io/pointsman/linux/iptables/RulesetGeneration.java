package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Whether the kernel can have other rules than we think, told without reading them.
 *
 * <p>nf_tables counts its transactions: rules are as we left them while each one since is accounted for. The older
 * x_tables has an outline of each table, which hardly any change leaves the same. Any thread.
 */
public final class RulesetGeneration {
    private static final int MAX_ACCOUNTED = 10_000;

    private final RuleStamps stamps;
    private final Flavour flavour;
    /** What was current when rules were last known; of nf_tables one for both families. */
    private final Map<IpFamily, Integer> known = new EnumMap<>(IpFamily.class);
    /** Transactions since that did nothing unknown to our rules. */
    private final Set<Integer> accounted = new HashSet<>();

    /** Nothing is known yet of the rules that these stamps tell of. */
    public RulesetGeneration(RuleStamps stamps) {
        this.stamps = stamps;
        this.flavour = stamps.flavour();
    }

    private IpFamily key(IpFamily family) {
        return flavour == Flavour.NFT ? IpFamily.IPV4 : family;
    }

    /** What is current; empty when the kernel does not say. */
    public OptionalInt current(IpFamily family) {
        return stamps.current(family);
    }

    /** Rules of a family are about to be read. */
    public synchronized void reading(IpFamily family) {
        current(family).ifPresent(now -> known.putIfAbsent(key(family), now));
    }

    /** Rules of a family were read, and are what they should be, since this was current. */
    public synchronized void confirm(IpFamily family, int since) {
        known.put(key(family), since);
        accounted.removeIf(transaction -> transaction - since <= 0);
    }

    /**
     * We wrote.
     *
     * @param before what was current just before
     * @param transactions tables that were written
     */
    public synchronized void wrote(IpFamily family, OptionalInt before, int transactions) {
        final OptionalInt now = current(family);
        if (before.isEmpty() || now.isEmpty()) {
            return;
        }
        switch (flavour) {
            case NFT -> {
                if (now.getAsInt() == before.getAsInt() + transactions) {
                    for (int i = 1; i <= transactions; i++) {
                        accounted.add(before.getAsInt() + i);
                    }
                }
            }
            case LEGACY -> known.replace(family, before.getAsInt(), now.getAsInt());
        }
    }

    /** A transaction is known not to have changed our rules, or to be our own. */
    public synchronized void account(int transaction) {
        if (accounted.size() >= MAX_ACCOUNTED) {
            accounted.clear(); // nobody has asked for long, or one is missing: the next to ask reads the rules
        }
        accounted.add(transaction);
    }

    /** Whether nothing unknown has happened. */
    public synchronized boolean holds(IpFamily family) {
        final IpFamily key = key(family);
        final OptionalInt now = current(family);
        Integer last = known.get(key);
        if (now.isEmpty() || last == null) {
            return false;
        }
        while (accounted.remove(last + 1)) {
            last++;
            known.put(key, last);
        }
        return last == now.getAsInt();
    }

    /** All rules are about to be read again. */
    public synchronized void restart() {
        known.clear();
        accounted.clear();
    }
}
