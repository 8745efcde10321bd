package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Tells whether the kernel's rules may differ from those we know, without reading them.
 *
 * <p>nf_tables counts its transactions: rules are as we left them if every transaction since is accounted for. For the older
 * x_tables there is an outline of each table, which hardly any change leaves the same. Any thread.
 */
public final class RulesetGeneration {
    private static final int MAX_ACCOUNTED = 10_000;

    private final RuleStamps stamps;
    private final Flavour flavour;
    /** Numbers that were current when rules were last known; for nf_tables one for both families. */
    private final Map<IpFamily, Integer> known = new EnumMap<>(IpFamily.class);
    /** Later transactions that are known not to have changed our rules, or are our own. */
    private final Set<Integer> accounted = new HashSet<>();

    /** Creates an object that knows nothing yet about the rules of these stamps. */
    public RulesetGeneration(RuleStamps stamps) {
        this.stamps = stamps;
        this.flavour = stamps.flavour();
    }

    private IpFamily key(IpFamily family) {
        return flavour == Flavour.NFT ? IpFamily.IPV4 : family;
    }

    /** Returns the current number; empty if the kernel does not report it. */
    public OptionalInt current(IpFamily family) {
        return stamps.current(family);
    }

    /** Notes that rules of a family are about to be read. */
    public synchronized void reading(IpFamily family) {
        current(family).ifPresent(now -> known.putIfAbsent(key(family), now));
    }

    /** Notes that rules of a family were read, were as they should be, and that this number was current before. */
    public synchronized void confirm(IpFamily family, int since) {
        known.put(key(family), since);
        accounted.removeIf(transaction -> transaction - since <= 0);
    }

    /**
     * Notes that we wrote.
     *
     * @param before number that was current just before
     * @param transactions number of tables that were written
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

    /** Notes that a transaction did not change our rules, or is our own. */
    public synchronized void account(int transaction) {
        if (accounted.size() >= MAX_ACCOUNTED) {
            accounted.clear(); // nobody has asked for long, or one is missing: the next to ask reads the rules
        }
        accounted.add(transaction);
    }

    /** Whether no unknown transaction has happened. */
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

    /** Forgets all numbers: all rules are about to be read again. */
    public synchronized void restart() {
        known.clear();
        accounted.clear();
    }
}
