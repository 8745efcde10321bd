package io.pointsman.bench.look;

import java.io.IOException;

/** An agent that is measured in turns with another one. */
interface Contender {
    /** Returns its process. */
    Process process();

    /** Starts a viewer of the agent. */
    Viewer viewer(Looking looking) throws IOException;

    /** Lets the agent work for so many seconds. At other times it has nothing to do but to be looked at. */
    Work work(double seconds) throws IOException, InterruptedException;

    /** Returns the processor time in seconds that its work has used so far. */
    double cpuSeconds();

    /**
     * Work done.
     *
     * @param done connections or packets
     * @param seconds of wall time
     */
    record Work(double done, double seconds) {
        static final Work NONE = new Work(0, 0);

        Work plus(Work other) {
            return new Work(done + other.done, seconds + other.seconds);
        }

        double perSecond() {
            return done / seconds;
        }
    }
}
