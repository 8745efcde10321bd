package io.pointsman.spi.ipvs;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * Elements of the ipsets, put in and taken out many at a time; the sets have to be there. Starting the program for one
 * element took longer than all else that a Service takes. Message formats: {@code
 * include/uapi/linux/netfilter/ipset/ip_set.h}. In the network namespace of the thread that opened it. Not thread-safe.
 */
final class SetsNetlink implements AutoCloseable {
    static final int ADD = 6 << 8 | 9; // NFNL_SUBSYS_IPSET, IPSET_CMD_ADD
    static final int DELETE = 6 << 8 | 10;

    private static final int NET_ORDER = 0x4000;
    private static final int PROTOCOL_VERSION = 6; // the oldest that today's kernels speak

    private static final int ATTR_PROTOCOL = 1;
    private static final int ATTR_SETNAME = 2;
    private static final int ATTR_DATA = 7;

    private static final int DATA_IP = 1;
    private static final int DATA_PORT = 4;
    private static final int DATA_PROTO = 7;
    private static final int DATA_IP2 = 20;
    private static final int DATA_CIDR2 = 21;
    private static final int DATA_SKBMARK = 27;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private final NetlinkSocket socket;
    private final NetlinkBatch batch = new NetlinkBatch();

    private SetsNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    static SetsNetlink open() throws KernelException {
        return new SetsNetlink(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Puts them in; one that is there gets the mark that it is to carry. */
    void add(Collection<SetElement> elements) throws KernelException {
        send(ADD, "adding ", elements);
    }

    /** Takes out those that are there. */
    void delete(Collection<SetElement> elements) throws KernelException {
        send(DELETE, "deleting ", elements);
    }

    /** Without the flag EXCL, what is so already is no error. */
    private void send(int type, String verb, Collection<SetElement> elements) throws KernelException {
        final List<KernelException> failures = new ArrayList<>();
        final Iterator<SetElement> left = elements.iterator();
        while (left.hasNext()) {
            while (left.hasNext() && !batch.isFull()) {
                final SetElement element = left.next();
                write(batch.add(type, 0, verb + element.text() + " (ipset " + element.set() + ")"), element);
            }
            try {
                socket.execute(batch, (_, why) -> failures.add(why));
            } finally {
                batch.clear();
            }
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    static void write(MessageWriter writer, SetElement element) {
        writer.u8(element.family() == IpFamily.IPV4 ? AF_INET : AF_INET6).u8(0).u16(0); // nfgenmsg
        writer.attributeU8(ATTR_PROTOCOL, PROTOCOL_VERSION);
        writer.attributeText(ATTR_SETNAME, element.set());
        final int data = writer.beginNested(ATTR_DATA);
        final String[] parts = element.text().split(",", 3);
        address(writer, DATA_IP, IpAddress.parse(parts[0]));
        if (parts.length > 1) {
            final String[] port = parts[1].split(":", 2);
            writer.attributeU8(
                    DATA_PROTO,
                    Protocol.valueOf(port[0].toUpperCase(Locale.ROOT)).number());
            writer.attributeBe16(DATA_PORT | NET_ORDER, Integer.parseInt(port[1]));
        }
        if (parts.length > 2) {
            final Cidr range = parts[2].contains("/") ? Cidr.parse(parts[2]) : Cidr.of(IpAddress.parse(parts[2]));
            address(writer, DATA_IP2, range.address());
            writer.attributeU8(DATA_CIDR2, range.prefixLength());
        }
        if (element.mark() != 0) {
            final ByteBuffer markAndMask =
                    ByteBuffer.allocate(8).putInt(element.mark()).putInt(-1);
            writer.attributeBytes(DATA_SKBMARK | NET_ORDER, markAndMask.array());
        }
        writer.endNested(data);
    }

    /** In an attribute of its own, whose type is the family and whose order the kernel wants to be told. */
    private static void address(MessageWriter writer, int type, IpAddress address) {
        final int nest = writer.beginNested(type);
        writer.attributeAddress((address.family() == IpFamily.IPV4 ? 1 : 2) | NET_ORDER, address);
        writer.endNested(nest);
    }

    @Override
    public void close() {
        socket.close();
    }
}
