package io.pointsman.bench.engine;

/** What the map baselines keep for a flow: the least that a translation and its counters need. */
final class BaselineEntry {
    final int newDestination;
    final int newPort;
    long packets;
    long bytes;

    BaselineEntry(int newDestination, int newPort) {
        this.newDestination = newDestination;
        this.newPort = newPort;
    }

    /** Counts a packet and returns where it goes. */
    int hit(int length) {
        packets++;
        bytes += length;
        return newDestination + newPort;
    }
}
