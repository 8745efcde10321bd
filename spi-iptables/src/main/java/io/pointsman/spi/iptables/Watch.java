package io.pointsman.spi.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that somebody else changed our rules: as soon as the kernel tells of it, which nf_tables does; else by looking
 * now and then.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private static final Set<String> BUILT_IN = Set.of("INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING");
    private static final int QUIET_MILLIS = 50;
    private static final int MILLIS = 1000;
    /** Whoever keeps changing our rules is not fought more often than that. */
    private static final int MIN_GAP_MILLIS = 1000;

    private final Kernel kernel;
    private final Flavour flavour;
    private final Trust trust;
    private final int seconds;
    private final Runnable check;

    private @Nullable Thread thread;
    private @Nullable Ruleset events;
    private volatile boolean stopped;
    /** Of the transaction whose events come in; used by the thread that receives them. */
    private boolean touchesOurs;

    private boolean suspicious;

    /**
     * @param seconds between two looks; 0 never to watch
     * @param check looks, and repairs; must not throw
     */
    Watch(Kernel kernel, Flavour flavour, Trust trust, int seconds, Runnable check) {
        this.kernel = kernel;
        this.flavour = flavour;
        this.trust = trust;
        this.seconds = seconds;
        this.check = check;
    }

    /** Starts, once, in the calling thread's network namespace. */
    synchronized void start() {
        if (seconds == 0 || thread != null || stopped) {
            return;
        }
        Runnable loop = this::look;
        if (flavour == Flavour.NFT) {
            try {
                final Ruleset opened = kernel.listen();
                events = opened;
                loop = () -> listen(opened);
            } catch (KernelException e) {
                LOG.warn(
                        "iptables: the kernel won't tell who changes rules, so they are looked at: {}", e.getMessage());
            }
        }
        thread = Thread.ofPlatform().name("iptables-watch").daemon().start(loop);
    }

    synchronized void stop() {
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
            LOG.warn(
                    "iptables: the kernel stopped telling who changes rules, so they are looked at: {}",
                    e.getMessage());
            look();
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, as it should be
                throw e;
            }
        }
    }

    private void note(RulesetEvent event) {
        if (event.kind() != RulesetEvent.Kind.COMMIT) {
            touchesOurs |= isOurs(event) && !kernel.isOwn(event.port());
            return;
        }
        if (touchesOurs) {
            suspicious = true;
        } else {
            trust.account(event.generation());
        }
        touchesOurs = false;
    }

    private static boolean isOurs(RulesetEvent event) {
        if (event.family().isEmpty() || !Table.isOne(event.table())) {
            return false;
        }
        return switch (event.kind()) {
            case TABLE_DELETED -> true;
            case CHAIN_DELETED, RULE_DELETED -> Names.isOurs(event.chain()) || BUILT_IN.contains(event.chain());
            case CHAIN_ADDED, RULE_ADDED -> Names.isOurs(event.chain());
            case COMMIT -> false;
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
