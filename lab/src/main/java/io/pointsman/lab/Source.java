package io.pointsman.lab;

/** Where the lab's agents read the cluster's objects. */
enum Source {
    /** From one file that they watch. */
    FILE,
    /** From an API server, over HTTP. */
    API
}
