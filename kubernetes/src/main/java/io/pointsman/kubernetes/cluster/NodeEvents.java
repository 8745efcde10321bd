package io.pointsman.kubernetes.cluster;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports Events about a node, which {@code kubectl describe node} shows. They are few and never delay other work: callers
 * do not wait, an event that can't be sent is dropped, and a server that refuses is asked again only after a while.
 */
public final class NodeEvents implements AutoCloseable {
    private static final int MAX_WAITING = 100;
    private static final int TRIES = 3;
    private static final Logger LOG = LoggerFactory.getLogger(NodeEvents.class);

    /**
     * Timeouts and pauses.
     *
     * @param request longest time for a request
     * @param retry pause after a failure that may be temporary
     * @param refused pause after a refusal, which an administrator has to resolve
     */
    record Pace(Duration request, Duration retry, Duration refused) {
        static final Pace DEFAULT = new Pace(Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofMinutes(10));
    }

    private final ApiServer server;
    private final String node;
    private final Consumer<Optional<String>> trouble;
    private final Pace pace;
    private final EventBudget budget; // guarded by itself
    private final SecureRandom random = new SecureRandom();
    private final BlockingQueue<NodeEvent> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread =
            Thread.ofPlatform().name("pointsman-events").daemon().unstarted(this::run);

    NodeEvents(ApiServer server, String node, Consumer<Optional<String>> trouble, Pace pace, EventBudget budget) {
        this.server = server;
        this.node = node;
        this.trouble = trouble;
        this.pace = pace;
        this.budget = budget;
    }

    /**
     * Starts the sender; it connects with the first event.
     *
     * @param trouble gets the reason when events can't be sent, and empty once they can; called on the sender's thread
     */
    public static NodeEvents start(ClusterSettings settings, Consumer<Optional<String>> trouble) {
        final NodeEvents events = new NodeEvents(
                new ApiServer(
                        new Connector(settings.kubeconfig()), new CallGuard(System::nanoTime), settings.requests()),
                settings.node(),
                trouble,
                Pace.DEFAULT,
                new EventBudget(25, Duration.ofMinutes(1), Duration.ofHours(1), System::nanoTime));
        events.start();
        return events;
    }

    void start() {
        thread.start();
    }

    /** Reports an event, unless it is a recent repeat or the budget is used up. Never waits; any thread may call it. */
    public void tell(NodeEvent event) {
        synchronized (budget) {
            if (!budget.take(event)) {
                return;
            }
        }
        if (!waiting.offer(event)) {
            LOG.debug("event dropped, {} are queued already: {}", MAX_WAITING, event);
        }
    }

    private void run() {
        try {
            while (true) { // ends: by the interrupt of close
                send(waiting.take());
            }
        } catch (InterruptedException _) {
            LOG.debug("events end");
        }
    }

    private void send(NodeEvent event) throws InterruptedException {
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            try {
                final boolean isTaken = server.post(
                        EventJson.PATH,
                        EventJson.of(event, node, InstantSource.system().instant(), random.nextLong()),
                        pace.request());
                trouble.accept(Optional.empty());
                if (!isTaken) {
                    LOG.info("the API server does not serve Events of events.k8s.io, so none are sent");
                    Thread.sleep(pace.refused());
                }
                return;
            } catch (ApiFailure e) {
                trouble.accept(Optional.of(e.reason() + reminder(e) + "; events are dropped meanwhile"));
                if (isRefusal(e)) {
                    Thread.sleep(pace.refused());
                    return;
                }
                Thread.sleep(pace.retry().compareTo(e.retryAfter()) > 0 ? pace.retry() : e.retryAfter());
            }
        }
    }

    /** Whether a retry would not help. */
    private static boolean isRefusal(ApiFailure failure) {
        return switch (failure.kind()) {
            case FORBIDDEN, UNAUTHORIZED, UNSUPPORTED -> true;
            case EXPIRED, AHEAD, MALFORMED, ABSENT, OTHER -> false;
        };
    }

    private static String reminder(ApiFailure failure) {
        return failure.kind() == ApiFailure.Kind.FORBIDDEN
                ? "; the agent's user needs the verb create on events.events.k8s.io, or set node-events: false"
                : "";
    }

    /** Stops at once; waiting events are dropped. */
    @Override
    public void close() {
        thread.interrupt();
        server.close();
    }
}
