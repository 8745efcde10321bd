package io.pointsman.agent.dashboard;

/** What the page draws over the last hour. */
enum Gauge {
    /** Connections that are tracked. */
    FLOWS,
    /** How many may be. */
    FLOWS_LIMIT,
    /** Events of connections that wait for their reader. */
    EVENTS_WAITING,
    /** Those that found no room since the start. */
    EVENTS_LOST,
    /** The process's memory, in bytes. */
    RESIDENT_BYTES,
    /** The Java heap in use, in bytes. */
    HEAP_BYTES
}
