package io.pointsman.agent.dashboard;

/** Values that the dashboard charts over the last hour. */
enum Gauge {
    /** Tracked connections. */
    FLOWS,
    /** Maximum number of tracked connections. */
    FLOWS_LIMIT,
    /** Events of connections that wait for their reader. */
    EVENTS_WAITING,
    /** Events of connections lost since the start, as there was no room for them. */
    EVENTS_LOST,
    /** The process's resident memory, in bytes. */
    RESIDENT_BYTES,
    /** The Java heap in use, in bytes. */
    HEAP_BYTES
}
