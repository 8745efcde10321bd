package io.pointsman.agent.cli;

/**
 * Collects the start's garbage once everything is in force: with 10,000 Services that is half of the heap, and no other
 * collection would come for hours. Used by one thread.
 */
final class StartGarbage {
    private boolean isCollected;

    void collect() {
        if (!isCollected) {
            isCollected = true;
            // On a thread of its own: objects that the sync holds become garbage only once it has returned.
            Thread.ofPlatform().name("pointsman-start-garbage").daemon().start(System::gc);
        }
    }
}
