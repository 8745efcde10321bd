package io.pointsman.conntrack;

/**
 * A slot's control word: everything about it that changes by compare-and-set, so that a stale hand can't touch a
 * successor.
 *
 * <pre>
 *  0..2   slot state            FREE, TENTATIVE, LIVE, DYING, ABORTED
 *  3..6   protocol state        {@link TcpState}, {@link SctpState}
 *  7      REPLY                 the slot of the reply direction
 *  8      SEEN_REPLY            the other side has answered
 *  9      ASSURED               not to be dropped early
 * 12..33  generation            counts the slot's uses
 * 34..63  deadline              tick at which the direction is over, compared as a difference
 * </pre>
 *
 * A tick is 2^{@value #TICK_SHIFT} ns, 134 ms. A busy flow touches its deadline not with each packet, but when what it was put
 * off too far by is used up: at most {@value #MAX_SLACK} ticks, and a 256th of the timeout. A flow lives for its timeout, and
 * for less than that and two ticks more.
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

    /** Part of a flow that packets may follow. */
    public static boolean isLive(long control) {
        return (control & STATE_MASK) == LIVE;
    }

    static long withState(long control, int state) {
        return (control & ~STATE_MASK) | state;
    }

    /** 0 to 15. */
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

    /** The slot was neither freed nor taken anew between the two reads. */
    public static boolean isSameUse(long control, long later) {
        return ((control ^ later) & (GENERATION_MASK | STATE_MASK)) == 0;
    }

    /** Free, and of the next generation. */
    static long freed(long control) {
        return ((control & GENERATION_MASK) + (1L << GENERATION_SHIFT)) & GENERATION_MASK;
    }

    static int tick(long nanos) {
        return (int) (nanos >> TICK_SHIFT);
    }

    /** The tick at which what happens now and lasts so long is over. */
    static int deadline(int nowTick, int timeoutTicks) {
        return nowTick + timeoutTicks + 1;
    }

    /** Ticks that a deadline may be put off too far by, so that it is not touched again soon. */
    static int slack(int timeoutTicks) {
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

    /** A reply slot's word with the state, flags and deadline of its original's. */
    static long following(long reply, long original) {
        final long own = reply & (STATE_MASK | GENERATION_MASK | REPLY);
        return own | (original & ~(STATE_MASK | GENERATION_MASK | REPLY));
    }

    /** Ticks left; 0 or less: over. */
    static int ticksLeft(long control, int nowTick) {
        return (int) ((control >>> DEADLINE_SHIFT) - nowTick) << 2 >> 2; // 30 bits, signed
    }

    /** A time in the deadline's place, to be computed once for many packets. */
    public static long origin(long nowNanos) {
        return originOf(tick(nowNanos));
    }

    static long originOf(int tick) {
        return (long) tick << DEADLINE_SHIFT;
    }

    /** More than so many ticks, 0 or more, in the deadline's place. */
    static long more(int ticks) {
        return (ticks + 1L) << DEADLINE_SHIFT;
    }

    /**
     * Whether that much is left at a time. The deadline is on top, so the difference of the words has the sign of the
     * difference of the deadlines.
     */
    static boolean isLeftMore(long control, long origin, long more) {
        return control - origin >= more;
    }

    /** As {@link #isExpired}, at a time in the deadline's place. */
    public static boolean isOver(long control, long origin) {
        return control - origin < more(0);
    }

    static boolean isExpired(long control, int nowTick) {
        return ticksLeft(control, nowTick) <= 0;
    }
}
