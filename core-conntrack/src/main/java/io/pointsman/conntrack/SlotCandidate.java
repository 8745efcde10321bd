package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * The result of a look into the index, packed into one long: no slot, one slot, or two slots of one group.
 *
 * <p>Slots are aligned to cache lines, so the low three bits of a slot's address are free. They hold the distance to the
 * second slot, 1 to 6 slots; 0 means one slot only, 7 means none. Every candidate is an address inside the table, so
 * prefetching it is harmless.
 */
public final class SlotCandidate {
    private static final long DISTANCE = 7;

    private SlotCandidate() {}

    /**
     * Packs two slots of a group; {@code first} has the lower address.
     *
     * @param slotShift {@link FlowTable#slotShift}
     */
    public static long ofTwo(long first, long second, int slotShift) {
        return first | ((second - first) >>> slotShift);
    }

    /** Returns the candidate for no slot. {@code home} is the address of the index word that was looked at. */
    public static long none(long home) {
        return home | DISTANCE;
    }

    public static boolean isNone(long candidate) {
        return (candidate & DISTANCE) == DISTANCE;
    }

    public static boolean isSingle(long candidate) {
        return (candidate & DISTANCE) == 0;
    }

    /** Returns the second slot of a candidate for two. */
    public static long second(long candidate, int slotShift) {
        return (candidate & ~DISTANCE) + ((candidate & DISTANCE) << slotShift);
    }

    /** Prefetches the first slot on hosts without {@link io.pointsman.packet.Prefetch}. */
    public static void prefetchByStore(long candidate, boolean isIpv6) {
        final long slot = RawMemory.linePointer(candidate);
        FlowSlot.prefetchByStore(slot);
        if (isIpv6) {
            FlowSlot.prefetchSecondLineByStore(slot);
        }
    }
}
