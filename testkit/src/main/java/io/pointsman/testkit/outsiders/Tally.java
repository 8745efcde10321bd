package io.pointsman.testkit.outsiders;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Counts answered and lost requests. Any thread may use it. */
public final class Tally {
    private static final int REASONS_KEPT = 10;

    private final List<String> reasons = new ArrayList<>();
    private long[] nanos = new long[1024];
    private int answered;
    private long lost;

    Tally() {}

    synchronized void answered(long afterNanos) {
        if (answered == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * answered);
        }
        nanos[answered++] = afterNanos;
    }

    synchronized void lost(String reason) {
        lost++;
        if (reasons.size() < REASONS_KEPT) {
            reasons.add(reason);
        }
    }

    public synchronized long answered() {
        return answered;
    }

    public synchronized long lost() {
        return lost;
    }

    /** Returns the reasons for the first losses. */
    public synchronized List<String> reasons() {
        return List.copyOf(reasons);
    }

    /**
     * Returns the quantile of response times in milliseconds; NaN if there were no answers.
     *
     * @param part 0 to 1: 0.5 is the median
     */
    public synchronized double quantileMillis(double part) {
        if (answered == 0) {
            return Double.NaN;
        }
        final long[] sorted = Arrays.copyOf(nanos, answered);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(answered - 1, Math.floor(part * answered))] / 1e6;
    }

    @Override
    public synchronized String toString() {
        return answered + " answered, " + lost + " lost " + reasons;
    }
}
