package io.pointsman.conntrack;

/**
 * A slot's control word: everything that changes by compare-and-set. It includes a generation, so that a thread holding a
 * stale slot cannot modify the flow that reused the slot (ABA).
 *
 * <pre>
 *  0..2   slot state            FREE, TENTATIVE, LIVE, DYING, ABORTED
 *  3..6   protocol state        {@link TcpState}, {@link SctpState}
 *  7      REPLY                 the slot of the reply direction
 *  8      SEEN_REPLY            a packet came in the reply direction
 *  9      ASSURED               not to be dropped early
 * 12..33  generation            number of times the slot was freed
 * 34..63  deadline              tick at which the direction expires; compared by difference, so it may wrap
 * </pre>
 *
 * A tick is 2^{@value #TICK_SHIFT} ns, 134 ms. Deadlines are set a little late so that most packets need not write them: by
 * a 256th of the timeout, at most {@value #MAX_SLACK} ticks. A flow therefore expires no earlier than its timeout and no
 * later than the timeout plus the slack plus two ticks.
 *
 * <p>Deadlines are compared without shifting: {@link #deadlineBits} shifts a time into the deadline's bits once per batch.
 * Because the deadline has the highest bits, {@code control - deadlineBits} has the sign of the difference of the ticks.
 */
public final class Control {
    static final int FREE = 0;
    static final int TENTATIVE = 1;
    static final int LIVE = 2;
    static final int DYING = 3;
    static final int ABORTED = 4;

    static final long REPLY = 1 << 7;
    static final long SEEN_REPLY = 1 << 8;
    static final long ASSURED = 1 << 9;

    static final int TICK_SHIFT = 27;

    private static final int SLACK_SHIFT = 8;
    private static final int MAX_SLACK = 64;

    static final long STATE_MASK = 7;
    private static final int PROTOCOL_STATE_SHIFT = 3;
    private static final long PROTOCOL_STATE_MASK = 0xFL << PROTOCOL_STATE_SHIFT;
    private static final int GENERATION_SHIFT = 12;
    private static final int GENERATION_BITS = 22;
    private static final long GENERATION_MASK = ((1L << GENERATION_BITS) - 1) << GENERATION_SHIFT;
    private static final int DEADLINE_SHIFT = 34;
    private static final long BELOW_DEADLINE = (1L << DEADLINE_SHIFT) - 1;

    private Control() {}

    static int state(long control) {
        return (int) (control & STATE_MASK);
    }

    /** Whether the slot is part of a committed flow. */
    public static boolean isLive(long control) {
        return (control & STATE_MASK) == LIVE;
    }

    static long withState(long control, int state) {
        return (control & ~STATE_MASK) | state;
    }

    /** Returns the protocol's state, 0 to 15. */
    public static int protocolState(long control) {
        return (int) (control >>> PROTOCOL_STATE_SHIFT) & 0xF;
    }

    static long withProtocolState(long control, int state) {
        return (control & ~PROTOCOL_STATE_MASK) | (long) state << PROTOCOL_STATE_SHIFT;
    }

    public static boolean isReply(long control) {
        return (control & REPLY) != 0;
    }

    public static boolean hasSeenReply(long control) {
        return (control & SEEN_REPLY) != 0;
    }

    public static boolean isAssured(long control) {
        return (control & ASSURED) != 0;
    }

    static int generation(long control) {
        return (int) ((control & GENERATION_MASK) >>> GENERATION_SHIFT);
    }

    /** Whether a slot was neither freed nor reused between two reads of its control word. */
    public static boolean isSameUse(long control, long later) {
        return ((control ^ later) & (GENERATION_MASK | STATE_MASK)) == 0;
    }

    /** Returns the control word of a freed slot: no flags, next generation. */
    static long freed(long control) {
        return ((control & GENERATION_MASK) + (1L << GENERATION_SHIFT)) & GENERATION_MASK;
    }

    static int tick(long nanos) {
        return (int) (nanos >> TICK_SHIFT);
    }

    /** Returns the tick at which a flow that has a packet now expires. */
    static int deadline(int nowTick, int timeoutTicks) {
        return nowTick + timeoutTicks + 1;
    }

    /** Returns the ticks by which a deadline is set late, so that the next packets need not write it. */
    static int slackTicks(int timeoutTicks) {
        return Math.min(timeoutTicks >>> SLACK_SHIFT, MAX_SLACK);
    }

    static int timeoutTicks(long nanos) {
        return (int) ((nanos + (1L << TICK_SHIFT) - 1) >>> TICK_SHIFT);
    }

    static long withDeadline(long control, int tick) {
        return (control & BELOW_DEADLINE) | (long) tick << DEADLINE_SHIFT;
    }

    static int deadlineOf(long control) {
        return (int) (control >>> DEADLINE_SHIFT);
    }

    /** Returns the reply slot's word with the protocol state, flags and deadline of the original's. */
    static long mirroredFrom(long reply, long original) {
        final long own = reply & (STATE_MASK | GENERATION_MASK | REPLY);
        return own | (original & ~(STATE_MASK | GENERATION_MASK | REPLY));
    }

    /** Returns the ticks until the deadline; 0 or less: expired. */
    static int ticksLeft(long control, int nowTick) {
        return (int) ((control >>> DEADLINE_SHIFT) - nowTick) << 2 >> 2; // 30 bits, signed
    }

    /** Returns {@code nowNanos} as a tick in the deadline's bits; compute it once per batch. */
    public static long deadlineBits(long nowNanos) {
        return deadlineBitsOf(tick(nowNanos));
    }

    static long deadlineBitsOf(int tick) {
        return (long) tick << DEADLINE_SHIFT;
    }

    /** Returns the least difference to {@link #deadlineBits} that means more than {@code ticks} ticks are left. */
    static long remaining(int ticks) {
        return (ticks + 1L) << DEADLINE_SHIFT;
    }

    /** Whether at least {@code remaining} is left until the deadline. */
    public static boolean hasRemaining(long control, long nowBits, long remaining) {
        return control - nowBits >= remaining;
    }

    /** Whether the deadline has passed at a time given as {@link #deadlineBits}. */
    public static boolean isExpiredAt(long control, long nowBits) {
        return control - nowBits < remaining(0);
    }

    static boolean isExpired(long control, int nowTick) {
        return ticksLeft(control, nowTick) <= 0;
    }
}
