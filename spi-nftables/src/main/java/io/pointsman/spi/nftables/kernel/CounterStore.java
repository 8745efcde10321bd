package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.linux.nftables.NamedCounter;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** The named counters of a table, by name: which the kernel has, and which rules of the plan count by. Not thread-safe. */
final class CounterStore {
    private final TableId table;
    private ReferenceCounts<String> users = new ReferenceCounts<>();
    private final Set<String> present = new HashSet<>();

    CounterStore(TableId table) {
        this.table = table;
    }

    /** Forgets all. */
    void clear() {
        users = new ReferenceCounts<>();
        present.clear();
    }

    /** These are there, whether or not somebody uses them. */
    void found(Collection<String> names) {
        present.addAll(names);
    }

    /** Replaces those that one rule counts by; tells of each that got its first user or lost its last. */
    void replace(Set<String> before, Set<String> after, Consumer<String> toggled) {
        users.replace(before, after, toggled);
    }

    /** Those that have a user. */
    Set<String> used() {
        return users.all();
    }

    /** Those that are there and have no user. */
    Set<String> unused() {
        final Set<String> unused = new HashSet<>(present);
        unused.removeAll(users.all());
        return unused;
    }

    /** Makes those that have a user and are not there: before the elements that lead to them. */
    void make(Transaction transaction, Collection<String> toggled) {
        toggled.stream()
                .filter(name -> users.contains(name) && !present.contains(name))
                .forEach(name -> transaction.add(table, NamedCounter.of(name)));
    }

    /** Removes those that are there and have no user: after the elements that lead to them. */
    void remove(Transaction transaction, Collection<String> toggled) {
        toggled.stream()
                .filter(name -> !users.contains(name) && present.contains(name))
                .forEach(name -> transaction.deleteCounter(table, name));
    }

    /** Both were carried out. */
    void done(Collection<String> toggled) {
        for (String name : toggled) {
            if (users.contains(name)) {
                present.add(name);
            } else {
                present.remove(name);
            }
        }
    }
}
