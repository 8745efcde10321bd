package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.linux.nftables.NamedCounter;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Named counters of a table: those that the kernel has, and the number of rules that use each. Not thread-safe. */
final class CounterStore {
    private final TableId table;
    private ReferenceCounts<String> users = new ReferenceCounts<>();
    private final Set<String> present = new HashSet<>();

    CounterStore(TableId table) {
        this.table = table;
    }

    /** Forgets everything. */
    void clear() {
        users = new ReferenceCounts<>();
        present.clear();
    }

    /** Records counters that exist, used or not. */
    void found(Collection<String> names) {
        present.addAll(names);
    }

    /** Replaces the counters that one rule uses; reports each that got its first user or lost its last. */
    void replace(Set<String> before, Set<String> after, Consumer<String> toggled) {
        users.replace(before, after, toggled);
    }

    /** Names of counters in use. */
    Set<String> used() {
        return users.all();
    }

    /** Names of counters that exist and are not in use. */
    Set<String> unused() {
        final Set<String> unused = new HashSet<>(present);
        unused.removeAll(users.all());
        return unused;
    }

    /** Adds the creation of counters that are in use and do not exist; must precede the elements that refer to them. */
    void make(Transaction transaction, Collection<String> toggled) {
        toggled.stream()
                .filter(name -> users.contains(name) && !present.contains(name))
                .forEach(name -> transaction.add(table, NamedCounter.of(name)));
    }

    /** Adds the deletion of counters that exist and are not in use; must follow the elements that refer to them. */
    void remove(Transaction transaction, Collection<String> toggled) {
        toggled.stream()
                .filter(name -> !users.contains(name) && present.contains(name))
                .forEach(name -> transaction.deleteCounter(table, name));
    }

    /** Records that these creations and deletions were committed. */
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
