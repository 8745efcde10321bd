package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiEvent;
import io.pointsman.kubernetes.api.ApiPage;
import io.pointsman.kubernetes.api.ApiReader;
import io.pointsman.kubernetes.api.MalformedAnswerException;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import io.pointsman.model.Severity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the objects of one kind up to date with the API server until interrupted: reads a complete state, watches from
 * there, and repeats. The complete state is a WatchList if the server offers it, else a list in pages. Every failure is
 * retried for ever; known objects stay meanwhile.
 */
final class Reflector implements Runnable {
    /** Limit of objects, more than any cluster has; bounds what an endless response can put on the heap. */
    private static final int MAX_OBJECTS = 500_000;

    private static final int FIRST_NARROW_SECONDS = 16;
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);

    private final List<Scope> scopes;
    private final ApiServer server;
    private final ClusterState state;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final Queries queries;
    private final String problemPlace;

    private int scopeIndex;
    private int narrowSeconds = FIRST_NARROW_SECONDS / 2;
    private String version = ""; // of the known state; empty if there is none, or it can't be continued from
    private boolean isCertain; // the version is fresh, so the server has not gone back in time
    private boolean isWatchListOffered = true;
    private boolean listsNext;
    private String doing = "";

    Reflector(
            List<Scope> scopes,
            ApiServer server,
            ClusterState state,
            Limits limits,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.scopes = scopes;
        this.server = server;
        this.state = state;
        this.limits = limits;
        this.nanoTime = nanoTime;
        backoff = new Backoff(limits.firstPause(), limits.maxPause(), random);
        queries = new Queries(random);
        problemPlace = "API server, " + scopes.getFirst().resource();
    }

    private Scope scope() {
        return scopes.get(scopeIndex);
    }

    private ClusterObject.Kind kind() {
        return scope().kind();
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                final Duration pause = turn();
                if (pause.isPositive()) {
                    Thread.sleep(pause);
                }
            }
        } catch (InterruptedException _) {
            LOG.debug("{}: interrupted, ends", problemPlace);
        }
    }

    /** Runs one request to its end; returns the pause before the next. */
    private Duration turn() {
        final long startNanos = nanoTime.getAsLong();
        try {
            request();
            // Without a pause, a server that ends each watch at once would be asked in a tight loop.
            return isHealthy(startNanos) ? Duration.ZERO : backoff.next();
        } catch (ApiFailure e) {
            return failed(e, isHealthy(startNanos));
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            LOG.error("{}: failed unexpectedly, trying to {}; everything is read again", problemPlace, doing, e);
            startOver();
            state.problem(problemPlace, new Problem(problemPlace, "failed unexpectedly, tried again: " + e));
            return backoff.next();
        }
    }

    private boolean isHealthy(long startNanos) {
        final boolean isHealthy =
                nanoTime.getAsLong() - startNanos >= limits.healthyAfter().toNanos();
        if (isHealthy) {
            backoff.reset();
        }
        return isHealthy;
    }

    private void request() throws ApiFailure {
        if (!version.isEmpty()) {
            if (!isCertain) {
                doing = "list";
                readPage(Queries.notOlderThan(scope(), version), state.listing(scope()));
            }
            watch();
        } else if (isWatchListOffered && !listsNext) {
            watchList();
        } else {
            listsNext = false; // after a failure, the other way is tried next
            list();
            watch();
        }
        if (scopeIndex > 0) {
            startOver(); // a wider scope may be allowed by now
        }
    }

    private void watchList() throws ApiFailure {
        doing = "watch";
        try (Answer answer =
                server.get(scope().path(), queries.watchList(scope(), watchSeconds()), limits.headersWithin())) {
            listsNext = true; // unless all objects arrive
            answer.limit(limits.listSilence(), limits.completeWithin());
            final ApiReader reader = ApiReader.of(answer.events(), kind());
            final Listing listing = state.listing(scope());
            String end = "";
            while (end.isEmpty()) {
                end = initialEvent(next(reader, answer), listing);
                if (listing.size() > MAX_OBJECTS || reader.bytesRead() > limits.maxStateBytes()) {
                    throw tooMuch();
                }
            }
            state.replace(kind(), listing);
            listsNext = false;
            reached(end);
            state.solved(problemPlace);
            follow(reader, answer);
        }
    }

    /** Takes an event before the closing bookmark; returns the version if it is that bookmark, else empty. */
    private String initialEvent(@Nullable ApiEvent event, Listing listing) throws ApiFailure {
        switch (event) {
            case null ->
                throw new ApiFailure(
                        ApiFailure.Kind.OTHER, "the stream ended before all objects had come", Duration.ZERO);
            case ApiEvent.Put put -> listing.add(put.item());
            case ApiEvent.Delete delete -> listing.remove(keyOf(delete));
            case ApiEvent.Bookmark(String reached, boolean endsInitialEvents) -> {
                if (endsInitialEvents) {
                    return reached;
                }
                throw new ApiFailure(
                        ApiFailure.Kind.UNSUPPORTED, "a bookmark that does not end the initial events", Duration.ZERO);
            }
            case ApiEvent.Failed failed -> throw ApiFailure.of(failed.status(), Duration.ZERO);
        }
        return "";
    }

    private void list() throws ApiFailure {
        doing = "list";
        Listing listing = state.listing(scope());
        ApiPage page = readPage(Queries.page(scope(), ""), listing);
        try {
            while (!page.next().isEmpty()) {
                page = readPage(Queries.page(scope(), page.next()), listing);
            }
        } catch (ApiFailure e) {
            if (e.kind() != ApiFailure.Kind.EXPIRED) {
                throw e;
            }
            listing = state.listing(scope()); // the server no longer has the state of these pages
            page = readPage(Queries.whole(scope()), listing);
        }
        state.replace(kind(), listing);
        reached(page.version());
    }

    private ApiPage readPage(Map<String, String> query, Listing listing) throws ApiFailure {
        try (Answer answer = server.get(scope().path(), query, limits.headersWithin())) {
            answer.limit(limits.listSilence(), limits.completeWithin());
            try {
                final ApiPage page = ApiReader.of(answer.bytes(), kind()).page(limits.maxStateBytes(), listing::add);
                if (page.version().isEmpty()) {
                    throw new MalformedAnswerException("a list without a version");
                }
                if (listing.size() > MAX_OBJECTS) {
                    throw tooMuch();
                }
                return page;
            } catch (IOException e) {
                throw answer.failure(e);
            }
        }
    }

    private ApiFailure tooMuch() {
        return new ApiFailure(
                ApiFailure.Kind.OTHER,
                "more than " + MAX_OBJECTS + " objects or " + limits.maxStateBytes()
                        + " bytes, all that this heap allows for (see -Xmx)",
                Duration.ZERO);
    }

    private void watch() throws ApiFailure {
        doing = "watch";
        try (Answer answer =
                server.get(scope().path(), queries.watch(scope(), version, watchSeconds()), limits.headersWithin())) {
            state.solved(problemPlace);
            follow(ApiReader.of(answer.events(), kind()), answer);
        }
    }

    /** Takes events until the server ends the stream normally. */
    private void follow(ApiReader reader, Answer answer) throws ApiFailure {
        isCertain = false; // the next stream may come from another server
        answer.limit(limits.watchSilence(), FOR_EVER);
        for (ApiEvent event = next(reader, answer); event != null; event = next(reader, answer)) {
            switch (event) {
                case ApiEvent.Put(var item, String at) -> {
                    state.put(kind(), item);
                    passed(at);
                }
                case ApiEvent.Delete delete -> {
                    state.delete(keyOf(delete));
                    passed(delete.version());
                }
                case ApiEvent.Bookmark bookmark -> passed(bookmark.version());
                case ApiEvent.Failed failed -> throw ApiFailure.of(failed.status(), Duration.ZERO);
            }
        }
    }

    private static @Nullable ApiEvent next(ApiReader reader, Answer answer) throws ApiFailure {
        try {
            final ApiEvent event = reader.nextEvent();
            answer.progress();
            return event;
        } catch (IOException e) {
            throw answer.failure(e);
        }
    }

    private static ObjectKey keyOf(ApiEvent.Delete delete) throws ApiFailure {
        if (delete.key() == null) {
            throw new ApiFailure(
                    ApiFailure.Kind.MALFORMED, "something without a usable name was deleted", Duration.ZERO);
        }
        return delete.key();
    }

    private void reached(String newVersion) {
        version = newVersion;
        isCertain = true;
    }

    private void passed(String newVersion) {
        if (!newVersion.isEmpty()) {
            version = newVersion;
        }
    }

    /**
     * Returns the length of a watch. Short at first in a narrow scope, as a server forbids more than it should right after
     * its start.
     */
    private int watchSeconds() {
        return scopeIndex == 0 ? Queries.MAX_WATCH_SECONDS : narrowSeconds;
    }

    private void startOver() {
        version = "";
        scopeIndex = 0;
    }

    private Duration failed(ApiFailure failure, boolean wasHealthy) {
        isCertain = false;
        if (scope().isOptional()
                && (failure.kind() == ApiFailure.Kind.ABSENT || failure.kind() == ApiFailure.Kind.FORBIDDEN)) {
            return doWithout(failure);
        }
        final boolean wasWide = scopeIndex == 0;
        switch (failure.kind()) {
            case FORBIDDEN -> {
                if (wasWide && scopes.size() > 1) {
                    LOG.info("{}: {}; asking for less", problemPlace, failure.reason());
                    scopeIndex = 1;
                    narrowSeconds = Math.min(2 * narrowSeconds, Queries.MAX_WATCH_SECONDS);
                    version = "";
                    return Duration.ZERO;
                }
            }
            case UNSUPPORTED -> {
                if (isWatchListOffered && version.isEmpty()) {
                    LOG.info("{}: lists instead of WatchLists: {}", problemPlace, failure.reason());
                    isWatchListOffered = false;
                    return Duration.ZERO;
                }
                version = "";
            }
            case EXPIRED, AHEAD, MALFORMED -> {
                LOG.info("{}: everything is read again: {}", problemPlace, failure.reason());
                version = "";
            }
            case UNAUTHORIZED, ABSENT, OTHER -> {}
        }
        if (!wasWide) {
            startOver();
        }
        if (failure.kind() != ApiFailure.Kind.EXPIRED || !wasHealthy) {
            state.problem(problemPlace, problem(failure));
        }
        final Duration pause = backoff.next();
        return pause.compareTo(failure.retryAfter()) < 0 ? failure.retryAfter() : pause;
    }

    /** Continues with the objects known, or with none, and asks again after a while. */
    private Duration doWithout(ApiFailure failure) {
        version = "";
        state.absent(kind());
        if (failure.kind() == ApiFailure.Kind.FORBIDDEN) {
            state.problem(
                    problemPlace,
                    new Problem(problemPlace, Severity.WARNING, problem(failure).reason()));
        } else {
            LOG.debug("{}: the server has none: {}", problemPlace, failure.reason());
            state.solved(problemPlace);
        }
        return limits.absentPause();
    }

    private Problem problem(ApiFailure failure) {
        final String remedy =
                switch (failure.kind()) {
                    case FORBIDDEN ->
                        "; the user of this agent needs the verbs list and watch on " + scope().fullName();
                    case UNAUTHORIZED ->
                        "; the server does not know the user of this agent: see to its token or certificate";
                    case EXPIRED, AHEAD, UNSUPPORTED, MALFORMED, ABSENT, OTHER -> "";
                };
        return new Problem(
                problemPlace,
                "can't " + doing + " " + scope().fullName() + ": " + failure.reason() + remedy
                        + "; what is known stays in force, and it is tried again");
    }
}
