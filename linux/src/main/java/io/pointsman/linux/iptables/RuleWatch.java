package io.pointsman.linux.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Notices that another program changed our rules: at once by the kernel's events, which nf_tables has; else by checking
 * periodically.
 */
public final class RuleWatch {
    private static final Set<String> BUILT_IN = Set.of("INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING");
    private static final int QUIET_MILLIS = 50;
    private static final int MILLIS = 1000;
    /** Minimum time between two checks, so that a program that keeps changing our rules is not fought more often. */
    private static final int MIN_GAP_MILLIS = 1000;

    private final RuleStamps stamps;
    private final RulesetGeneration generation;
    private final Writer writer;
    private final int seconds;
    private final Runnable check;
    private final Consumer<String> warning;

    /**
     * Writer of the watched rules.
     *
     * @param prefix of the names of our chains
     * @param isOwn whether a process with this id is, or was, one that writes for us
     */
    public record Writer(String prefix, IntPredicate isOwn) {}

    private @Nullable Thread thread;
    private @Nullable Ruleset events;
    private volatile boolean stopped;
    /** Whether the transaction whose events are being received touches our rules; used by the receiving thread only. */
    private boolean touchesOurs;

    private boolean suspicious;

    /**
     * Creates a watch, which is not started yet.
     *
     * @param seconds between two checks; 0 for no watch
     * @param check compares, and repairs; must not throw
     * @param warning gets a sentence if the kernel's events can't be received
     */
    public RuleWatch(
            RuleStamps stamps,
            RulesetGeneration generation,
            Writer writer,
            int seconds,
            Runnable check,
            Consumer<String> warning) {
        this.stamps = stamps;
        this.generation = generation;
        this.writer = writer;
        this.seconds = seconds;
        this.check = check;
        this.warning = warning;
    }

    /** Starts the watch, once, in the calling thread's network namespace. */
    public synchronized void start() {
        if (seconds == 0 || thread != null || stopped) {
            return;
        }
        Runnable loop = this::look;
        if (stamps.flavour() == Flavour.NFT) {
            try {
                final Ruleset opened = stamps.listen();
                events = opened;
                loop = () -> listen(opened);
            } catch (KernelException e) {
                warning.accept("the kernel won't report changes of rules, so they are polled: " + e.getMessage());
            }
        }
        thread = Thread.ofPlatform().name("iptables-watch").daemon().start(loop);
    }

    /** Stops the watch for good. */
    public synchronized void stop() {
        stopped = true;
        if (events != null) {
            events.close();
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void look() {
        while (pause(seconds * MILLIS)) {
            check.run();
        }
    }

    private void listen(Ruleset opened) {
        try {
            while (!stopped) {
                Received received = opened.receive(seconds * MILLIS, this::note);
                for (int i = 0; i < MILLIS / QUIET_MILLIS && suspicious && received == Received.EVENTS; i++) {
                    received = opened.receive(QUIET_MILLIS, this::note); // let whoever it is finish
                }
                if (suspicious || received == Received.OVERRUN) {
                    suspicious = false;
                    check.run();
                    if (!pause(MIN_GAP_MILLIS)) {
                        return;
                    }
                }
            }
        } catch (KernelException e) {
            warning.accept("the kernel stopped reporting changes of rules, so they are polled: " + e.getMessage());
            look();
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, as it should be
                throw e;
            }
        }
    }

    private void note(RulesetEvent event) {
        if (event.kind() != RulesetEvent.Kind.COMMIT) {
            touchesOurs |= isOurs(event) && !writer.isOwn().test(event.port());
            return;
        }
        if (touchesOurs) {
            suspicious = true;
        } else {
            generation.account(event.generation());
        }
        touchesOurs = false;
    }

    private boolean isOurs(RulesetEvent event) {
        if (event.family().isEmpty() || !stamps.isOne(event.table())) {
            return false;
        }
        return switch (event.kind()) {
            case TABLE_DELETED -> true;
            case CHAIN_DELETED, RULE_DELETED ->
                event.chain().startsWith(writer.prefix()) || BUILT_IN.contains(event.chain());
            case CHAIN_ADDED, RULE_ADDED -> event.chain().startsWith(writer.prefix());
            case TABLE_ADDED,
                    SET_ADDED,
                    SET_DELETED,
                    ELEMENT_ADDED,
                    ELEMENT_DELETED,
                    COUNTER_ADDED,
                    COUNTER_DELETED,
                    FLOWTABLE_ADDED,
                    FLOWTABLE_DELETED,
                    COMMIT -> false;
        };
    }

    private boolean pause(int millis) {
        try {
            Thread.sleep(millis);
            return !stopped;
        } catch (InterruptedException _) {
            return false; // only stop does that
        }
    }
}
