package io.pointsman.kubernetes.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Query parameters of requests, the same as kube-proxy's. */
final class Queries {
    private static final String PAGE_SIZE = "500";
    private static final int MIN_WATCH_SECONDS = 300;
    static final int MAX_WATCH_SECONDS = 600;

    private final RandomGenerator random;

    Queries(RandomGenerator random) {
        this.random = random;
    }

    private static Map<String, String> selecting(Scope scope) {
        final Map<String, String> query = new LinkedHashMap<>();
        if (!scope.fieldSelector().isEmpty()) {
            query.put("fieldSelector", scope.fieldSelector());
        }
        if (!scope.labelSelector().isEmpty()) {
            query.put("labelSelector", scope.labelSelector());
        }
        return query;
    }

    /** Returns the query for a page of a list; the first page has no token. */
    static Map<String, String> page(Scope scope, String token) {
        final Map<String, String> query = selecting(scope);
        query.put("limit", PAGE_SIZE);
        if (!token.isEmpty()) {
            query.put("continue", token);
        }
        return query;
    }

    /** Returns the query for a list in one piece. */
    static Map<String, String> whole(Scope scope) {
        return selecting(scope);
    }

    /** Returns the query for a minimal list at or after this version, which shows whether the server has reached it. */
    static Map<String, String> notOlderThan(Scope scope, String version) {
        final Map<String, String> query = selecting(scope);
        query.put("limit", "1");
        query.put("resourceVersion", version);
        query.put("resourceVersionMatch", "NotOlderThan");
        return query;
    }

    /**
     * Returns the query for all objects followed by changes, in one stream. Without a version it is as consistent as a list.
     */
    Map<String, String> watchList(Scope scope, int maxSeconds) {
        final Map<String, String> query = watching(scope, maxSeconds);
        query.put("resourceVersionMatch", "NotOlderThan");
        query.put("sendInitialEvents", "true");
        return query;
    }

    /** Returns the query for changes after this version. */
    Map<String, String> watch(Scope scope, String version, int maxSeconds) {
        final Map<String, String> query = watching(scope, maxSeconds);
        query.put("resourceVersion", version);
        return query;
    }

    private Map<String, String> watching(Scope scope, int maxSeconds) {
        final int seconds = Math.min(maxSeconds, random.nextInt(MIN_WATCH_SECONDS, MAX_WATCH_SECONDS));
        final Map<String, String> query = selecting(scope);
        query.put("allowWatchBookmarks", "true");
        query.put("timeout", seconds / 60 + "m" + seconds % 60 + "s");
        query.put("timeoutSeconds", Integer.toString(seconds));
        query.put("watch", "true");
        return query;
    }
}
