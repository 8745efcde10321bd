package io.pointsman.linux.netfilter;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The nf_tables rules of one network namespace, that of the thread that opens it
 * ({@code include/uapi/linux/netfilter/nf_tables.h}). Used by one thread; {@link #close} from any other thread ends a wait.
 */
public final class Ruleset implements AutoCloseable {
    private static final int SUBSYSTEM = 10 << 8;
    private static final int GETGEN = SUBSYSTEM | 16;
    private static final int NFNLGRP_NFTABLES = 7;
    private static final int FIXED_BYTES = 4; // nfgenmsg: family:u8, version:u8, resource:be16
    private static final int GEN_ID = 1;
    private static final int TABLE_NAME = 1; // of tables, chains and rules alike
    private static final int BUFFER_BYTES = 16 << 20;

    private final NetlinkSocket socket;

    private Ruleset(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens it for requests; needs CAP_NET_ADMIN. */
    public static Ruleset open() throws KernelException {
        return new Ruleset(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Opens it for events: only {@link #receive} works. */
    public static Ruleset listen() throws KernelException {
        final Ruleset ruleset = open();
        try {
            ruleset.socket.subscribe(NFNLGRP_NFTABLES, BUFFER_BYTES, "subscribing to nf_tables events");
        } catch (KernelException e) {
            ruleset.close();
            throw e;
        }
        return ruleset;
    }

    /** Number of the last transaction of any program: each adds 1. */
    public int generation() throws KernelException {
        socket.request(GETGEN, 0).u8(0).u8(0).u16(0);
        return socket.query("asking for the nf_tables generation", message -> message.attributes(FIXED_BYTES)
                        .be32(GEN_ID, 0))
                .orElse(0);
    }

    /**
     * Waits at most this long for events and passes them on, in order. The kernel drops events rather than wait: after
     * {@link NetlinkSocket.Received#OVERRUN} anything may have happened.
     */
    public NetlinkSocket.Received receive(int timeoutMillis, Consumer<RulesetEvent> each) throws KernelException {
        return socket.receive(timeoutMillis, message -> read(message).ifPresent(each));
    }

    private static Optional<RulesetEvent> read(NetlinkMessage message) {
        return RulesetEvent.Kind.of(message.type() - SUBSYSTEM).map(kind -> event(message, kind));
    }

    private static RulesetEvent event(NetlinkMessage message, RulesetEvent.Kind kind) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        return kind == RulesetEvent.Kind.COMMIT
                ? new RulesetEvent(kind, Optional.empty(), "", "", "", message.port(), attributes.be32(GEN_ID, 0))
                : new RulesetEvent(
                        kind,
                        AddressFamily.of(message.u8(0)),
                        attributes.text(TABLE_NAME),
                        kind.chain(attributes),
                        kind.set(attributes),
                        message.port(),
                        0);
    }

    @Override
    public void close() {
        socket.close();
    }
}
