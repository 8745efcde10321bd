package io.pointsman.linux;

/** Operations on threads that the JDK lacks. */
public final class Threads {
    private Threads() {}

    /** Waits until a thread has ended, whatever interrupts the caller meanwhile; an interrupt is kept for later. */
    public static void await(Thread thread) {
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
