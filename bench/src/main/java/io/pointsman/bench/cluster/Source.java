package io.pointsman.bench.cluster;

/** Source of an agent's objects. */
enum Source {
    LIST("api, list"),
    WATCH_LIST("api, WatchList"),
    FILE("file");

    final String text;

    Source(String text) {
        this.text = text;
    }
}
