package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.Errno;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Writes changes of service ports in transactions of bounded size. A change that the kernel refuses is found by bisection,
 * and all others are committed.
 */
final class ServiceWriter {
    /** Most elements in a transaction, so that packets do not wait long for it and the socket's buffer stays bounded. */
    static final int BATCH_ELEMENTS = 20_000;

    private static final Set<Errno> OF_NO_SERVICE = Set.of(Errno.EPERM, Errno.EACCES, Errno.EMSGSIZE);

    private final Commits kernel;
    private final TableState table;
    private final NodePart node;
    private final Leftovers leftovers;
    private final Blame blame;

    /** Tells whether the kernel refused a transaction because of its content, and not because of other programs' changes. */
    interface Blame {
        boolean isOn(List<ServiceChange> services) throws IOException;
    }

    ServiceWriter(Commits kernel, TableState table, NodePart node, Leftovers leftovers, Blame blame) {
        this.kernel = kernel;
        this.table = table;
        this.node = node;
        this.leftovers = leftovers;
        this.blame = blame;
    }

    /** Whether the kernel refused something that no service is responsible for. */
    static boolean isOfNoService(TransactionException e) {
        return OF_NO_SERVICE.contains(e.first().errno());
    }

    /**
     * Writes each service port's changes in one transaction.
     *
     * @return number of elements and chains changed
     */
    int write(List<ServiceChange> services) throws IOException {
        int changes = 0;
        int from = 0;
        Attempt attempt = new Attempt(table, leftovers);
        for (int next = 0; next < services.size(); ) {
            attempt.add(services.get(next));
            next++;
            if (attempt.elements() >= BATCH_ELEMENTS || next == services.size()) {
                changes += commit(attempt, services.subList(from, next));
                attempt = new Attempt(table, leftovers);
                from = next;
            }
        }
        return changes;
    }

    private int commit(Attempt attempt, List<ServiceChange> services) throws IOException {
        try {
            return attempt.commit(kernel, node);
        } catch (TransactionException e) {
            attempt.undo();
            if (isOfNoService(e) || !blame.isOn(services)) {
                throw e;
            }
            return halve(services, e.first().what() + ": " + e.first().errno());
        } catch (IllegalArgumentException e) { // no valid element of our maps, refused before it is sent
            attempt.undo();
            return halve(services, String.valueOf(e.getMessage()));
        }
    }

    private int halve(List<ServiceChange> services, String why) throws IOException {
        if (services.size() == 1) {
            refuse(services.getFirst(), why);
            return 0;
        }
        final int middle = services.size() / 2;
        return commit(services.subList(0, middle)) + commit(services.subList(middle, services.size()));
    }

    private int commit(List<ServiceChange> services) throws IOException {
        final Attempt attempt = new Attempt(table, leftovers);
        services.forEach(attempt::add);
        return commit(attempt, services);
    }

    private void refuse(ServiceChange service, String why) {
        for (ServiceChange.Step step : service.steps()) {
            final Rule rule = step.after();
            if (rule == null) {
                table.refused().remove(step.frontend());
            } else {
                table.refused()
                        .put(
                                step.frontend(),
                                new RuleProblem(
                                        step.frontend(),
                                        rule.owner(),
                                        RuleProblem.Kind.REFUSED,
                                        "nf_tables refuses it, the previous rule (if any) stays in force: " + why));
            }
        }
    }
}
