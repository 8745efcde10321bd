package io.pointsman.agent.cli;

/**
 * Has what only the start needed collected, once everything is in force: with 10,000 Services that is half of the heap, and
 * nothing else would look at it for hours. Used by one thread.
 */
final class StartGarbage {
    private boolean isCollected;

    void collect() {
        if (!isCollected) {
            isCollected = true;
            // On a thread of its own, for what the sync holds is not garbage before it has returned.
            Thread.ofPlatform().name("pointsman-start-garbage").daemon().start(System::gc);
        }
    }
}
