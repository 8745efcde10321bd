package io.pointsman.linux.genetlink;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Connection to one generic netlink family, in the network namespace of the thread that opens it. One thread at a time:
 * write a request, then execute it.
 */
public final class GenericNetlink implements AutoCloseable {
    /** Bytes of the fixed part before a family's own attributes, for {@link NetlinkMessage#attributes}. */
    public static final int FIXED_BYTES = 4;

    private static final int CONTROLLER = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;

    private final NetlinkSocket socket;
    private final int family;
    private final int version;

    private GenericNetlink(NetlinkSocket socket, int family, int version) {
        this.socket = socket;
        this.family = family;
        this.version = version;
    }

    /**
     * Opens a connection to a family.
     *
     * @param name {@code IPVS}
     * @param version version of the family's commands to use
     * @return empty if the kernel has no such family: its module is not loaded
     */
    public static Optional<GenericNetlink> open(String name, int version) throws KernelException {
        final NetlinkSocket socket = NetlinkSocket.open(NetlinkProtocol.GENERIC);
        try {
            header(socket.request(CONTROLLER, 0), CTRL_CMD_GETFAMILY, 1).attributeText(CTRL_ATTR_FAMILY_NAME, name);
            final Optional<Integer> id =
                    socket.query("looking for netlink family " + name, message -> message.attributes(FIXED_BYTES)
                            .u16(CTRL_ATTR_FAMILY_ID, 0));
            return Optional.of(new GenericNetlink(
                    socket, id.orElseThrow(() -> new KernelException("resolving " + name, Errno.EPROTO)), version));
        } catch (KernelException e) {
            socket.close();
            if (e.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Starts a request; flags as in {@link MessageWriter}. */
    public MessageWriter request(int command, int flags) {
        return header(socket.request(family, flags), command, version);
    }

    /** Adds a request to a batch for {@link #execute(NetlinkBatch, NetlinkBatch.Outcome)}. */
    public MessageWriter add(NetlinkBatch batch, int command, int flags, Object what) {
        return header(batch.add(family, flags, what), command, version);
    }

    /** Sends a batch and waits until all of it is done. */
    public void execute(NetlinkBatch batch, NetlinkBatch.Outcome failures) throws KernelException {
        socket.execute(batch, failures);
    }

    private static MessageWriter header(MessageWriter writer, int command, int version) {
        return writer.u8(command).u8(version).u16(0);
    }

    /** Sends the request and waits for its acknowledgement. */
    public void execute(String tried) throws KernelException {
        socket.execute(tried);
    }

    /** Sends the request and returns the reader's result; empty if there was only an acknowledgement. */
    public <T> Optional<T> query(String tried, Function<NetlinkMessage, T> reader) throws KernelException {
        return socket.query(tried, reader);
    }

    /** Sends the request as a dump and returns the reader's results. */
    public <T> List<T> dump(String tried, Function<NetlinkMessage, Optional<T>> reader) throws KernelException {
        return socket.dump(tried, reader);
    }

    @Override
    public void close() {
        socket.close();
    }
}
