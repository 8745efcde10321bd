package io.pointsman.linux.ipset;

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
import java.util.stream.Stream;

/**
 * Makes, fills and removes sets, in batches of requests. Starting the program ipset for one element took longer than
 * everything else that a change of a Service takes. Message formats: {@code include/uapi/linux/netfilter/ipset/ip_set.h}. In
 * the network namespace of the thread that opened it. Not thread-safe.
 */
public final class IpsetNetlink implements AutoCloseable {
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
    private static final int MAX_PORT = 0xFFFF;

    private final NetlinkSocket socket;
    private final NetlinkBatch batch = new NetlinkBatch();

    /** @param what is being done, for error messages */
    private record Request(int type, String what, Consumer<MessageWriter> body) {}

    private IpsetNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    public static IpsetNetlink open() throws KernelException {
        return new IpsetNetlink(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Makes the sets that do not exist. */
    public void create(Collection<Ipset> sets) throws KernelException {
        send(sets.stream()
                .map(set -> new Request(CREATE, "making ipset " + set.name(), writer -> create(writer, set)))
                .iterator());
    }

    /** Adds elements to their sets; an element that exists gets the new mark. */
    public void add(Collection<IpsetElement> elements) throws KernelException {
        change(ADD, "adding ", elements);
    }

    /** Deletes those elements that exist. */
    public void delete(Collection<IpsetElement> elements) throws KernelException {
        change(DELETE, "deleting ", elements);
    }

    /** Replaces all elements of a set. */
    public void replace(Ipset set, Collection<IpsetElement> elements) throws KernelException {
        final Request flush = new Request(FLUSH, "emptying ipset " + set.name(), writer -> begin(writer, set));
        send(Stream.concat(Stream.of(flush), requests(ADD, "adding ", elements)).iterator());
    }

    private void change(int type, String verb, Collection<IpsetElement> elements) throws KernelException {
        send(requests(type, verb, elements).iterator());
    }

    private static Stream<Request> requests(int type, String verb, Collection<IpsetElement> elements) {
        return elements.stream()
                .map(element -> new Request(
                        type,
                        verb + element.text() + " (ipset " + element.set().name() + ")",
                        writer -> write(writer, element)));
    }

    /** Removes sets with all their elements; no rule may refer to one any more. */
    public void destroy(Collection<String> names) throws KernelException {
        send(names.stream()
                .map(name -> new Request(
                        DESTROY, "removing ipset " + name, writer -> begin(writer, AddressFamily.AF_UNSPEC, name)))
                .iterator());
    }

    /**
     * Sends requests in batches. Without flag EXCL, a request that changes nothing is no error. All are tried before the
     * first failure is thrown.
     */
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

    private static void begin(MessageWriter writer, Ipset set) {
        begin(writer, set.addressFamily(), set.name());
    }

    private static void begin(MessageWriter writer, int family, String set) {
        writer.u8(family).u8(0).u16(0); // nfgenmsg
        writer.attributeU8(ATTR_PROTOCOL, PROTOCOL_VERSION);
        writer.attributeText(ATTR_SETNAME, set);
    }

    private static void create(MessageWriter writer, Ipset set) {
        begin(writer, set);
        writer.attributeText(ATTR_TYPENAME, set.type().word());
        writer.attributeU8(ATTR_REVISION, set.type().revision());
        writer.attributeU8(ATTR_FAMILY, set.addressFamily());
        final int data = writer.beginNested(ATTR_DATA);
        if (set.type() == Ipset.Type.PORT) {
            writer.attributeBe16(DATA_PORT | NET_ORDER, 0);
            writer.attributeBe16(DATA_PORT_TO | NET_ORDER, MAX_PORT);
        } else {
            writer.attributeBe32(DATA_MAXELEM | NET_ORDER, MAX_ELEMENTS);
        }
        if (set.isMarked()) {
            writer.attributeBe32(DATA_FLAGS | NET_ORDER, FLAG_WITH_SKBINFO);
        }
        writer.endNested(data);
    }

    static void write(MessageWriter writer, IpsetElement element) {
        begin(writer, element.set());
        final int data = writer.beginNested(ATTR_DATA);
        final String[] parts = element.text().split(",", 3);
        if (element.set().type() == Ipset.Type.PORT) {
            writer.attributeBe16(DATA_PORT | NET_ORDER, Integer.parseInt(parts[0]));
        } else {
            address(writer, DATA_IP, IpAddress.parse(parts[0]));
        }
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

    /**
     * Writes an address as a nested attribute, whose inner type is the family and must have the flag of network byte order.
     */
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
