package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.SlotCandidate;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RejectBuilder;
import io.pointsman.packet.Rewriter;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Handle of one thread on the packet path: bytes in, verdict out, header rewritten in place. Not thread-safe: each thread
 * gets its own from {@link NatEngine#newWorker}. Allocates nothing.
 */
public final class NatWorker {
    private static final int MAX_ATTEMPTS = 16; // to find or insert a flow that other threads keep changing

    private final EngineTables tables;
    private final FlowTracker tracker;
    private final FlowTable ipv4;
    private final PlainIpv4 plainIpv4;
    private final PlainIpv6 plainIpv6;
    private final BatchPipeline ipv4Pipeline;
    private final BatchPipeline ipv6Pipeline;
    private final FirstPackets firstPackets;
    private final IcmpErrors icmpErrors;
    private final PacketView view = new PacketView();
    private final FlowKey key = new FlowKey();
    private final FlowCursor cursor = new FlowCursor();
    private final AtomicLongArray counts = new AtomicLongArray(Reason.values().length); // written by this thread only
    private final AtomicLongArray notPlain = new AtomicLongArray(2); // packets of IPv4 or neither; of IPv6
    private final MemorySegment answer = Answers.allocate(1);
    private int answerLength;
    private boolean isMixed; // the last batch had packets of both families
    private boolean isIpv6; // the last batch was of IPv6
    private long packetsBefore; // number of packets processed before the current one
    private Reason reason = Reason.NOT_OURS;

    NatWorker(EngineTables tables, FlowTracker tracker, long seed) {
        this.tables = tables;
        this.tracker = tracker;
        ipv4 = tables.ipv4;
        plainIpv4 = new PlainIpv4(tables.ipv4, tracker);
        plainIpv6 = new PlainIpv6(tables.ipv6, tracker);
        ipv4Pipeline = new BatchPipeline(tables.ipv4, plainIpv4);
        ipv6Pipeline = new BatchPipeline(tables.ipv6, plainIpv6);
        firstPackets = new FirstPackets(tables, tracker, seed);
        icmpErrors = new IcmpErrors(tables);
    }

    /**
     * Decides about one packet and, if it is forwarded, translates it.
     *
     * @param address absolute address of its IP header; the caller guarantees that {@code length} bytes of native memory lie
     *     there
     */
    public Verdict process(long address, int length, InputInterface inputInterface, long nowNanos) {
        answerLength = 0;
        packetsBefore++;
        final boolean isWide = PlainIpv6.isIpv6(address, length) != 0;
        final long hash = isWide ? plainIpv6.hash(address, length) : plainIpv4.hash(address, length);
        final boolean isForwarded = isWide
                ? plainIpv6.forwardAlone(address, hash, nowNanos)
                : plainIpv4.forwardAlone(address, hash, nowNanos);
        if (isForwarded) {
            count(Reason.ESTABLISHED, 1);
            return settle(Verdict.FORWARD, Reason.ESTABLISHED);
        }
        if (hash == PlainPackets.NOT_PLAIN) {
            countNotPlain(isWide);
        }
        return processUncommon(address, length, inputInterface, nowNanos);
    }

    /**
     * Prefetches what {@link #process(long, int, InputInterface, long)} will need for a packet that comes some four packets
     * later. A hint for a caller that cannot batch but knows the next packets in its queue. Changes nothing, and costs
     * hashing the packet a second time.
     */
    public void announce(long address, int length) {
        if (PlainIpv6.isIpv6(address, length) != 0) {
            plainIpv6.announce(plainIpv6.hash(address, length));
        } else {
            plainIpv4.announce(plainIpv4.hash(address, length));
        }
    }

    private Verdict processUncommon(long address, int length, InputInterface inputInterface, long nowNanos) {
        final PacketView packet = view;
        firstPackets.seedFor(packetsBefore - 1);
        final Verdict verdict = packet.wrap(address, length) == PacketKind.TRANSPORT
                ? search(packet, hash(packet), inputInterface, nowNanos)
                : other(packet, inputInterface, nowNanos);
        if (verdict == Verdict.REJECT) {
            answerLength = writeAnswer(packet, answer.address());
        }
        count(reason, 1);
        return verdict;
    }

    /**
     * Decides about a packet in a native segment, checked against the segment's bounds.
     *
     * @throws IllegalArgumentException when the segment is on the heap
     */
    public Verdict process(
            MemorySegment memory, long offset, int length, InputInterface inputInterface, long nowNanos) {
        return process(Answers.addressOf(memory, offset, length), length, inputInterface, nowNanos);
    }

    /** Decides about all packets of a batch, in order, with the same results as one by one. */
    public void process(PacketBatch batch, InputInterface inputInterface, long nowNanos) {
        batch.setAllEstablished();
        hashAll(batch, nowNanos);
        ipv4Pipeline.findFirst(batch.ipv4, nowNanos);
        ipv4Pipeline.nextButLast(batch.ipv4, nowNanos);
        ipv6Pipeline.findFirst(batch.ipv6, nowNanos); // its slots are on their way during the last group of IPv4
        ipv4Pipeline.next(batch.ipv4, nowNanos);
        ipv6Pipeline.next(batch.ipv6, nowNanos);
        final int others = processUncommon(batch, inputInterface, nowNanos);
        packetsBefore += batch.size();
        count(Reason.ESTABLISHED, batch.size() - others);
    }

    /**
     * Hashes all packets, each in its family's lane. Successive batches tend to be of one family: if the last one was, this
     * one is assumed to be, and is only split if a packet turns out not to be plain.
     */
    private void hashAll(PacketBatch batch, long nowNanos) {
        if (!isMixed) {
            batch.takeAs(isIpv6);
            ipv4Pipeline.hash(batch.ipv4, nowNanos);
            ipv6Pipeline.hash(batch.ipv6, nowNanos);
            if ((isIpv6 ? batch.ipv6 : batch.ipv4).isPlain()) {
                return;
            }
        }
        batch.split();
        isMixed = batch.ipv4.size != 0 && batch.ipv6.size != 0;
        isIpv6 = batch.ipv4.size == 0;
        ipv4Pipeline.hash(batch.ipv4, nowNanos);
        ipv6Pipeline.hash(batch.ipv6, nowNanos);
    }

    /**
     * Processes on the general path the packets that the pipelines stopped at, in the batch's order. Returns their number.
     */
    private int processUncommon(PacketBatch batch, InputInterface inputInterface, long nowNanos) {
        int others = 0;
        while (true) { // terminates: one packet less in each round
            final boolean isIpv4 = batch.ipv4.nextPosition() < batch.ipv6.nextPosition();
            final BatchLane lane = isIpv4 ? batch.ipv4 : batch.ipv6;
            if (lane.nextToForward == lane.size) {
                return others;
            }
            final BatchPipeline pipeline = isIpv4 ? ipv4Pipeline : ipv6Pipeline;
            if (!lane.isSpeculated) {
                lane.isSpeculated = true;
                pipeline.findAll(lane, nowNanos);
                speculate(batch, lane, pipeline, inputInterface, nowNanos);
            }
            decide(batch, lane, pipeline, inputInterface, nowNanos);
            others++;
            pipeline.next(lane, nowNanos);
        }
    }

    /** Decides speculatively about the first packets from here on, to prefetch the slots that their flows will take. */
    private void speculate(
            PacketBatch batch, BatchLane lane, BatchPipeline pipeline, InputInterface inputInterface, long nowNanos) {
        final FlowTable table = lane == batch.ipv4 ? ipv4 : tables.ipv6;
        final long[] originals = lane.originalSlots;
        final long[] replies = lane.replySlots;
        int count = 0;
        for (int i = lane.nextToForward; i < lane.size; i++) {
            if (lane.isFirstPacket(i)) {
                final int position = lane.position(i);
                final PacketView packet = batch.views[position];
                packet.wrap(lane.addresses[i], lane.lengths[i]);
                final long reply = firstPackets.speculate(
                        packet, inputInterface, nowNanos, packetsBefore + position, batch.decisions[position]);
                originals[count] = table.freeSlot(table.home(lane.hashes[i]));
                replies[count] = table.home(reply);
                count++;
                if (count % Prefetch.LINES == 0) {
                    pipeline.prefetchSlots(originals, count - Prefetch.LINES);
                    Prefetch.lines(replies, count - Prefetch.LINES);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            replies[i] = table.freeSlot(replies[i]);
        }
        for (int i = 0; i < BatchPipeline.AHEAD; i += Prefetch.LINES) {
            pipeline.prefetchSlots(replies, i);
        }
    }

    /** Processes the lane's next packet on the general path. */
    private void decide(
            PacketBatch batch, BatchLane lane, BatchPipeline pipeline, InputInterface inputInterface, long nowNanos) {
        final int i = lane.nextToForward++;
        if (lane.isFirstPacket(i)) {
            decidePrecomputed(batch, lane, i, pipeline, inputInterface, nowNanos);
            return;
        }
        final PlainPackets plain = lane == batch.ipv4 ? plainIpv4 : plainIpv6;
        if (!SlotCandidate.isNone(lane.candidates[i])
                && plain.forwardElsewhere(lane.addresses[i], lane.hashes[i], nowNanos)) {
            count(Reason.ESTABLISHED, 1);
            return;
        }
        if (lane.hashes[i] == PlainPackets.NOT_PLAIN) {
            countNotPlain(PlainIpv6.isIpv6(lane.addresses[i], lane.lengths[i]) != 0);
        }
        final int position = lane.position(i);
        firstPackets.seedFor(packetsBefore + position);
        final PacketView packet = view;
        final Verdict verdict = packet.wrap(lane.addresses[i], lane.lengths[i]) == PacketKind.TRANSPORT
                ? search(packet, hash(packet), inputInterface, nowNanos)
                : other(packet, inputInterface, nowNanos);
        settle(batch, position, packet, verdict);
    }

    /** Handles a first packet that {@link #speculate} has parsed. */
    private void decidePrecomputed(
            PacketBatch batch,
            BatchLane lane,
            int number,
            BatchPipeline pipeline,
            InputInterface inputInterface,
            long nowNanos) {
        if (lane.firstPackets % Prefetch.LINES == 0) {
            pipeline.prefetchSlots(lane.replySlots, lane.firstPackets + BatchPipeline.AHEAD);
        }
        lane.firstPackets++;
        final int position = lane.position(number);
        firstPackets.seedFor(packetsBefore + position, batch.decisions[position]);
        final PacketView packet = batch.views[position];
        settle(batch, position, packet, search(packet, lane.hashes[number], inputInterface, nowNanos));
    }

    private void settle(PacketBatch batch, int i, PacketView packet, Verdict verdict) {
        batch.set(i, verdict, reason, verdict == Verdict.REJECT ? writeAnswer(packet, batch.answerAddress(i)) : 0);
        count(reason, 1);
    }

    /** Reason for the verdict on the last packet of {@link #process(long, int, InputInterface, long)}. */
    public Reason reason() {
        return reason;
    }

    /** Length in bytes of the reply to send to the last packet's sender, if the packet was rejected; 0 for none. */
    public int answerLength() {
        return answerLength;
    }

    /** Bytes of the reply, valid until the next packet is processed. Allocates. */
    public MemorySegment answer() {
        return answer.asSlice(0, answerLength);
    }

    /** Number of packets with this reason; any thread. */
    public long packets(Reason of) {
        return counts.getOpaque(of.index());
    }

    private void count(Reason of, int packets) {
        final int index = of.index();
        counts.setOpaque(index, counts.getPlain(index) + packets);
    }

    private void countNotPlain(boolean isWide) {
        final int index = isWide ? 1 : 0;
        notPlain.setOpaque(index, notPlain.getPlain(index) + 1);
    }

    /**
     * Number of a family's packets that only the general path takes (fragments, ICMP, SCTP, extension headers and so on);
     * any thread.
     */
    public long packetsNotPlain(boolean ofIpv6) {
        return notPlain.getOpaque(ofIpv6 ? 1 : 0);
    }

    private long hash(PacketView packet) {
        return packet.isIpv4()
                ? ipv4.hash(packet.addresses(), packet.ports(), packet.protocol())
                : tables.ipv6.hash(key.of(packet));
    }

    private Verdict search(PacketView packet, long hash, InputInterface inputInterface, long nowNanos) {
        final FlowTable table = packet.isIpv4() ? ipv4 : tables.ipv6;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Verdict verdict = null;
            if (table.find(hash, key.of(packet), cursor)) {
                verdict = known(table, packet, nowNanos);
            } else {
                verdict = first(table, packet, hash, inputInterface, nowNanos);
            }
            if (verdict != null) {
                return verdict;
            }
        }
        return settle(Verdict.DROP, Reason.INSERT_RACE);
    }

    /** Processes a packet of the flow that the cursor found. Returns null if the flow has ended: search again. */
    private @Nullable Verdict known(FlowTable table, PacketView packet, long nowNanos) {
        final FlowCursor found = cursor;
        if (!table.isAlive(found.slot, found.control, nowNanos)) {
            table.end(found.slot, found.control, FlowObserver.End.EXPIRED, nowNanos);
            return null;
        }
        final int outcome = tracker.track(table, found.slot, found.control, packet, nowNanos);
        return outcome == FlowTracker.OK
                ? translate(packet, Reason.ESTABLISHED, nowNanos)
                : turningPoint(outcome, table, packet, nowNanos);
    }

    private @Nullable Verdict turningPoint(int outcome, FlowTable table, PacketView packet, long nowNanos) {
        final FlowCursor found = cursor;
        if (outcome == FlowTracker.INVALID) {
            return settle(Verdict.INVALID, Reason.TCP_STATE);
        }
        if (outcome == FlowTracker.OUT_OF_WINDOW) {
            return settle(Verdict.INVALID, Reason.TCP_WINDOW);
        }
        if (outcome == FlowTracker.GONE) {
            return null;
        }
        if (outcome == FlowTracker.REOPENS) {
            table.end(found.slot, found.control, FlowObserver.End.CLOSED, nowNanos);
            return null;
        }
        final Verdict verdict = translate(packet, Reason.ESTABLISHED, nowNanos);
        if (verdict != null && outcome == FlowTracker.FIRST_REPLY) {
            tables.events.publishSlots(
                    FlowEvent.Type.ESTABLISHED, !packet.isIpv4(), table.pair(found.slot), found.slot, nowNanos);
        } else if (outcome == FlowTracker.LAST) {
            table.end(found.slot, found.control, FlowObserver.End.CLOSED, nowNanos);
        }
        return verdict;
    }

    private @Nullable Verdict first(
            FlowTable table, PacketView packet, long hash, InputInterface inputInterface, long nowNanos) {
        final Verdict verdict = firstPackets.decide(table, packet, hash, inputInterface, nowNanos, cursor);
        if (verdict != Verdict.FORWARD) {
            reason = firstPackets.reason();
            return verdict;
        }
        tracker.begin(table, cursor.slot, packet);
        return translate(packet, Reason.NEW_FLOW, nowNanos);
    }

    /** Rewrites a packet of the flow that the cursor found, and counts it. Returns null if the flow has ended. */
    private @Nullable Verdict translate(PacketView packet, Reason why, long nowNanos) {
        final FlowCursor found = cursor;
        if (!packet.isIpv4() || packet.isFirstFragment() || packet.kind() == PacketKind.ECHO) {
            return translateUncommon(packet, why, nowNanos);
        }
        final long slot = found.slot;
        final long addresses = FlowSlot.newAddresses(slot);
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        if (!found.isStillValid()) {
            return null;
        }
        FlowSlot.count(slot, packet.length());
        Rewriter.rewriteIpv4(packet, addresses, portsAndDeltas);
        return settle(Verdict.FORWARD, why);
    }

    private @Nullable Verdict translateUncommon(PacketView packet, Reason why, long nowNanos) {
        final long slot = cursor.slot;
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        final int ports = FlowSlot.portsOf(portsAndDeltas);
        if (packet.isFirstFragment()) {
            if (packet.protocol() == IpProtocols.SCTP && ports != packet.ports()) {
                return settle(Verdict.DROP, Reason.SCTP_FRAGMENT);
            }
            tables.fragments(packet.isIpv4()).remember(packet, slot, cursor.control, nowNanos);
        }
        final boolean isEcho = packet.kind() == PacketKind.ECHO;
        if (packet.isIpv4()) {
            final long addresses = FlowSlot.newAddresses(slot);
            if (!cursor.isStillValid()) {
                return null;
            }
            if (isEcho) {
                Rewriter.rewriteEchoIpv4(packet, addresses, FlowSlot.headerDelta(portsAndDeltas), ports);
            } else {
                Rewriter.rewriteIpv4(packet, addresses, portsAndDeltas);
            }
        } else {
            final long sourceHigh = FlowSlot.newSourceHigh(slot);
            final long sourceLow = FlowSlot.newSourceLow(slot);
            final long high = FlowSlot.newDestinationHigh(slot);
            final long low = FlowSlot.newDestinationLow(slot);
            if (!cursor.isStillValid()) {
                return null;
            }
            if (isEcho) {
                Rewriter.rewriteIpv6Header(packet, sourceHigh, sourceLow, high, low);
                Rewriter.rewriteEchoIpv6(packet, FlowSlot.headerDelta(portsAndDeltas), ports);
            } else {
                final int delta = FlowSlot.transportDelta(portsAndDeltas);
                Rewriter.rewriteIpv6(packet, sourceHigh, sourceLow, high, low, ports, delta);
            }
        }
        FlowSlot.count(slot, packet.length());
        return settle(Verdict.FORWARD, why);
    }

    private Verdict other(PacketView packet, InputInterface inputInterface, long nowNanos) {
        return switch (packet.kind()) {
            case LATER_FRAGMENT -> laterFragment(packet, inputInterface, nowNanos);
            case ECHO -> echo(packet, inputInterface, nowNanos);
            case ICMP_ERROR -> icmpError(packet, inputInterface, nowNanos);
            case TRANSPORT, OTHER -> {
                final Verdict verdict = firstPackets.withoutFlow(packet, inputInterface);
                yield settle(verdict, firstPackets.reason());
            }
            case FAMILY_UNKNOWN -> settle(Verdict.DROP, Reason.FAMILY_UNKNOWN);
            case TRUNCATED -> settle(Verdict.DROP, Reason.TRUNCATED);
            case BAD_HEADER -> settle(Verdict.DROP, Reason.BAD_HEADER);
            case TOO_MANY_EXTENSIONS -> settle(Verdict.DROP, Reason.TOO_MANY_EXTENSIONS);
        };
    }

    private Verdict echo(PacketView packet, InputInterface inputInterface, long nowNanos) {
        final FlowTable table = packet.isIpv4() ? ipv4 : tables.ipv6;
        final long hash = hash(packet);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            final boolean isKnown = table.find(hash, key.of(packet), cursor)
                    && packet.isEchoRequest() != Control.isReply(cursor.control);
            final Verdict verdict;
            if (isKnown) {
                verdict = known(table, packet, nowNanos);
            } else if (packet.isEchoRequest()) {
                verdict = first(table, packet, hash, inputInterface, nowNanos);
            } else {
                verdict = settle(firstPackets.withoutFlow(packet, inputInterface), firstPackets.reason());
            }
            if (verdict != null) {
                return verdict;
            }
        }
        return settle(Verdict.DROP, Reason.INSERT_RACE);
    }

    private Verdict icmpError(PacketView packet, InputInterface inputInterface, long nowNanos) {
        if (icmpErrors.translate(packet, nowNanos)) {
            return settle(Verdict.FORWARD, Reason.RELATED);
        }
        final Verdict verdict = firstPackets.withoutFlow(packet, inputInterface);
        return verdict == Verdict.REJECT // no errors about errors
                ? settle(Verdict.DROP, Reason.ICMP_UNRELATED)
                : settle(verdict, firstPackets.reason());
    }

    private Verdict laterFragment(PacketView packet, InputInterface inputInterface, long nowNanos) {
        final FlowTable table = packet.isIpv4() ? ipv4 : tables.ipv6;
        if (tables.fragments(packet.isIpv4()).find(packet, cursor, nowNanos)
                && table.isAlive(cursor.slot, cursor.control, nowNanos)) {
            final long slot = cursor.slot;
            if (packet.isIpv4()) {
                final long addresses = FlowSlot.newAddresses(slot);
                final int headerDelta = FlowSlot.headerDelta(FlowSlot.portsAndDeltas(slot));
                if (cursor.isStillValid()) {
                    Rewriter.rewriteIpv4Header(packet, addresses, headerDelta);
                    FlowSlot.count(slot, packet.length());
                    return settle(Verdict.FORWARD, Reason.FRAGMENT);
                }
            } else {
                final long sourceHigh = FlowSlot.newSourceHigh(slot);
                final long sourceLow = FlowSlot.newSourceLow(slot);
                final long high = FlowSlot.newDestinationHigh(slot);
                final long low = FlowSlot.newDestinationLow(slot);
                if (cursor.isStillValid()) {
                    Rewriter.rewriteIpv6Header(packet, sourceHigh, sourceLow, high, low);
                    FlowSlot.count(slot, packet.length());
                    return settle(Verdict.FORWARD, Reason.FRAGMENT);
                }
            }
        }
        final Verdict verdict = firstPackets.withoutFlow(packet, inputInterface);
        return firstPackets.isServiceAddress(packet)
                ? settle(Verdict.DROP, Reason.FRAGMENT_ORPHAN)
                : settle(verdict, firstPackets.reason());
    }

    private static int writeAnswer(PacketView packet, long to, boolean resetsTcp) {
        if (!RejectBuilder.mayAnswer(packet)) {
            return 0;
        }
        return packet.protocol() == IpProtocols.TCP && packet.kind() == PacketKind.TRANSPORT && resetsTcp
                ? RejectBuilder.writeReset(packet, to)
                : RejectBuilder.writeUnreachable(packet, to);
    }

    private int writeAnswer(PacketView packet, long to) {
        return writeAnswer(packet, to, tables.config.resetsRejectedTcp());
    }

    private Verdict settle(Verdict verdict, Reason why) {
        reason = why;
        return verdict;
    }
}
