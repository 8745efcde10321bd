package io.pointsman.bench.cluster;

/** Where an agent has its objects from. */
enum Source {
    LIST("api, list"),
    WATCH_LIST("api, WatchList"),
    FILE("file");

    final String text;

    Source(String text) {
        this.text = text;
    }
}
