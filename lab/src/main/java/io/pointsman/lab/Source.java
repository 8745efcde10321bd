package io.pointsman.lab;

/** Kind of store that the lab's agents read the cluster's objects from. */
enum Source {
    /** A file that the agents watch. */
    FILE,
    /** An API server, over HTTP. */
    API
}
