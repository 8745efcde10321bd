package io.pointsman.bench.engine;

/** Value of the map baselines for a flow: the minimum for a translation and its counters. */
final class BaselineEntry {
    final int newDestination;
    final int newPort;
    long packets;
    long bytes;

    BaselineEntry(int newDestination, int newPort) {
        this.newDestination = newDestination;
        this.newPort = newPort;
    }

    /** Counts a packet and returns its destination. */
    int hit(int length) {
        packets++;
        bytes += length;
        return newDestination + newPort;
    }
}
