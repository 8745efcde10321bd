package io.pointsman.spi.ipvs.sets;

import io.pointsman.linux.AddressFamily;
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
import java.util.function.Consumer;

/**
 * Makes, fills and removes the ipsets, many things at a time. Starting the program for one element took longer than all else
 * that a Service takes. Message formats: {@code include/uapi/linux/netfilter/ipset/ip_set.h}. In the network namespace of the
 * thread that opened it. Not thread-safe.
 */
public final class SetsNetlink implements AutoCloseable {
    static final int ADD = 6 << 8 | 9; // NFNL_SUBSYS_IPSET, IPSET_CMD_ADD
    static final int DELETE = 6 << 8 | 10;
    private static final int CREATE = 6 << 8 | 2;
    private static final int DESTROY = 6 << 8 | 3;
    private static final int FLUSH = 6 << 8 | 4;

    private static final int NET_ORDER = 0x4000;
    private static final int PROTOCOL_VERSION = 6; // the oldest that today's kernels speak

    private static final int ATTR_PROTOCOL = 1;
    private static final int ATTR_SETNAME = 2;
    private static final int ATTR_TYPENAME = 3;
    private static final int ATTR_REVISION = 4;
    private static final int ATTR_FAMILY = 5;
    private static final int ATTR_DATA = 7;

    private static final int DATA_IP = 1;
    private static final int DATA_PORT = 4;
    private static final int DATA_PORT_TO = 5;
    private static final int DATA_PROTO = 7;
    private static final int DATA_FLAGS = 8;
    private static final int DATA_MAXELEM = 19; // of sets; an element's 20 and more are others
    private static final int DATA_IP2 = 20;
    private static final int DATA_CIDR2 = 21;
    private static final int DATA_SKBMARK = 27;

    private static final int FLAG_WITH_SKBINFO = 1 << 6;
    private static final int MAX_ELEMENTS = 1 << 20;
    private static final String PORTS = "bitmap:port";
    private static final int PORTS_REVISION = 0;

    private final NetlinkSocket socket;
    private final NetlinkBatch batch = new NetlinkBatch();

    /** @param what for failures: what is tried */
    private record Request(int type, String what, Consumer<MessageWriter> body) {}

    private SetsNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    public static SetsNetlink open() throws KernelException {
        return new SetsNetlink(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Makes those that are not there. */
    public void create(Collection<IpFamily> families) throws KernelException {
        final List<Request> requests = new ArrayList<>();
        for (IpFamily family : families) {
            final String health = Sets.health(family);
            requests.add(new Request(CREATE, "making ipset " + health, writer -> createHealth(writer, health)));
            for (SetKind kind : SetKind.values()) {
                requests.add(new Request(
                        CREATE, "making ipset " + kind.name(family), writer -> create(writer, kind, family)));
            }
        }
        send(requests.iterator());
    }

    /** Puts them in; one that is there gets the mark that it is to carry. */
    public void add(Collection<SetElement> elements) throws KernelException {
        change(ADD, "adding ", elements);
    }

    /** Takes out those that are there. */
    public void delete(Collection<SetElement> elements) throws KernelException {
        change(DELETE, "deleting ", elements);
    }

    private void change(int type, String verb, Collection<SetElement> elements) throws KernelException {
        send(elements.stream()
                .map(element -> new Request(
                        type,
                        verb + element.text() + " (ipset " + element.set() + ")",
                        writer -> write(writer, element)))
                .iterator());
    }

    /** Puts these ports of health checks in place of those that are there for a family. */
    public void setHealth(IpFamily family, Collection<Integer> ports) throws KernelException {
        final String set = Sets.health(family);
        final List<Request> requests = new ArrayList<>();
        requests.add(
                new Request(FLUSH, "emptying ipset " + set, writer -> begin(writer, AddressFamily.AF_UNSPEC, set)));
        for (int port : ports) {
            requests.add(new Request(ADD, "adding " + port + " (ipset " + set + ")", writer -> {
                begin(writer, AddressFamily.AF_UNSPEC, set);
                final int data = writer.beginNested(ATTR_DATA);
                writer.attributeBe16(DATA_PORT | NET_ORDER, port);
                writer.endNested(data);
            }));
        }
        send(requests.iterator());
    }

    /** Removes sets with all that is in them; no rule may refer to one any more. */
    public void destroy(Collection<String> names) throws KernelException {
        send(names.stream()
                .map(name -> new Request(
                        DESTROY, "removing ipset " + name, writer -> begin(writer, AddressFamily.AF_UNSPEC, name)))
                .iterator());
    }

    /** Without the flag EXCL, what is so already is no error. All are tried before the first failure is thrown. */
    private void send(Iterator<Request> left) throws KernelException {
        final List<KernelException> failures = new ArrayList<>();
        while (left.hasNext()) {
            while (left.hasNext() && !batch.isFull()) {
                final Request request = left.next();
                request.body().accept(batch.add(request.type(), 0, request.what()));
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

    private static void begin(MessageWriter writer, int family, String set) {
        writer.u8(family).u8(0).u16(0); // nfgenmsg
        writer.attributeU8(ATTR_PROTOCOL, PROTOCOL_VERSION);
        writer.attributeText(ATTR_SETNAME, set);
    }

    private static void create(MessageWriter writer, SetKind kind, IpFamily family) {
        final int data =
                beginCreate(writer, kind.name(family), kind.type(), kind.revision(), AddressFamily.number(family));
        writer.attributeBe32(DATA_MAXELEM | NET_ORDER, MAX_ELEMENTS);
        if (kind.isMarked()) {
            writer.attributeBe32(DATA_FLAGS | NET_ORDER, FLAG_WITH_SKBINFO);
        }
        writer.endNested(data);
    }

    private static void createHealth(MessageWriter writer, String name) {
        final int data = beginCreate(writer, name, PORTS, PORTS_REVISION, AddressFamily.AF_UNSPEC);
        writer.attributeBe16(DATA_PORT | NET_ORDER, 0);
        writer.attributeBe16(DATA_PORT_TO | NET_ORDER, 0xFFFF);
        writer.endNested(data);
    }

    private static int beginCreate(MessageWriter writer, String name, String type, int revision, int family) {
        begin(writer, family, name);
        writer.attributeText(ATTR_TYPENAME, type);
        writer.attributeU8(ATTR_REVISION, revision);
        writer.attributeU8(ATTR_FAMILY, family);
        return writer.beginNested(ATTR_DATA);
    }

    static void write(MessageWriter writer, SetElement element) {
        begin(writer, AddressFamily.number(element.family()), element.set());
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
