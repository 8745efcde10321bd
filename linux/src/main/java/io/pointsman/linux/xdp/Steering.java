package io.pointsman.linux.xdp;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.bpf.BpfMap;
import io.pointsman.linux.bpf.BpfProgram;
import io.pointsman.linux.bpf.MapType;
import io.pointsman.linux.bpf.XdpLink;
import io.pointsman.linux.bpf.XdpMode;
import io.pointsman.model.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which frames reach the sockets: frames to a frontend, and frames with the tuple of a reply. All others pass to the
 * kernel at once, and so does every frame once this process is gone. ICMP errors about such packets and fragments of them
 * are steered, too. Any thread.
 *
 * <p>IPv6 packets with extension headers other than a fragment's pass, and so do errors that quote an IPv4 packet with
 * options. Protocols are IANA numbers.
 */
public final class Steering implements AutoCloseable {
    private static final int SET = 1; // a value that nothing reads
    private static final int MAX_FRAGMENTS = 1 << 14; // packets whose later fragments are expected

    private final BpfMap frontends;
    private final BpfMap replies;
    private final BpfMap fragments;

    /** Attachment to an interface, which runs the program while this is open. */
    public static final class Attached implements AutoCloseable {
        private final BpfMap sockets;
        private final BpfProgram program;
        private final XdpLink link;

        private Attached(BpfMap sockets, BpfProgram program, XdpLink link) {
            this.sockets = sockets;
            this.program = program;
            this.link = link;
        }

        @Override
        public void close() {
            link.close();
            program.close();
            sockets.close();
        }
    }

    private Steering(BpfMap frontends, BpfMap replies, BpfMap fragments) {
        this.frontends = frontends;
        this.replies = replies;
        this.fragments = fragments;
    }

    /**
     * Creates empty maps.
     *
     * @param maxFrontends most frontends, plus one for each pair of address and protocol
     * @param maxReplies most flows
     */
    public static Steering create(int maxFrontends, int maxReplies) throws KernelException {
        final List<BpfMap> made = new ArrayList<>();
        try {
            made.add(map(MapType.HASH, "pm_frontends", SteeringKey.FRONTEND_BYTES, maxFrontends));
            made.add(map(MapType.HASH, "pm_replies", SteeringKey.TUPLE_BYTES, maxReplies));
            made.add(map(MapType.LRU_HASH, "pm_fragments", SteeringKey.TUPLE_BYTES, MAX_FRAGMENTS));
            return new Steering(made.get(0), made.get(1), made.get(2));
        } catch (KernelException e) {
            made.forEach(BpfMap::close);
            throw e;
        }
    }

    private static BpfMap map(MapType type, String name, int keyBytes, int maxEntries) throws KernelException {
        return BpfMap.create(type, name, keyBytes, Integer.BYTES, maxEntries);
    }

    /**
     * Makes an interface of the calling thread's network namespace run the program.
     *
     * @param sockets sockets of the interface, one for each queue; frames of queues without one pass to the kernel
     */
    public Attached attach(int linkIndex, List<XdpSocket> sockets, XdpMode mode) throws KernelException {
        final int queues = sockets.stream().mapToInt(XdpSocket::queue).max().orElse(0) + 1;
        final BpfMap map = BpfMap.create(MapType.SOCKETS, "pm_sockets", Integer.BYTES, Integer.BYTES, queues);
        try {
            for (XdpSocket socket : sockets) {
                map.put(word(socket.queue()), socket.fd());
            }
            final BpfProgram program = load(map);
            try {
                return new Attached(map, program, program.attach(linkIndex, mode));
            } catch (KernelException e) {
                program.close();
                throw e;
            }
        } catch (KernelException e) {
            map.close();
            throw e;
        }
    }

    BpfProgram load(BpfMap sockets) throws KernelException {
        return BpfProgram.load(
                "pm_steering", SteeringCode.assemble(new SteeringCode.Maps(frontends, replies, fragments, sockets)));
    }

    private static byte[] word(int value) {
        return new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)};
    }

    /** Steers packets to this address and port here, and their later fragments; port 0 for protocols without ports. */
    public void addFrontend(int protocol, IpAddress address, int port) throws KernelException {
        frontends.put(SteeringKey.frontend(protocol, address, port), SET);
        frontends.put(SteeringKey.frontend(protocol, address, 0), SET);
    }

    /**
     * Stops steering packets to this address and port; later fragments still come, because other ports of the address may
     * have them.
     */
    public void removeFrontend(int protocol, IpAddress address, int port) throws KernelException {
        final boolean _ = frontends.remove(SteeringKey.frontend(protocol, address, port));
    }

    /**
     * Steers packets with this tuple here.
     *
     * @throws KernelException {@code E2BIG} when there are too many
     */
    public void addReply(int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort)
            throws KernelException {
        replies.put(SteeringKey.tuple(protocol, source, sourcePort, destination, destinationPort), SET);
    }

    /** Stops steering packets with this tuple. Returns false if they were not steered. */
    public boolean removeReply(
            int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort)
            throws KernelException {
        return replies.remove(SteeringKey.tuple(protocol, source, sourcePort, destination, destinationPort));
    }

    @Override
    public void close() {
        frontends.close();
        replies.close();
        fragments.close();
    }
}
