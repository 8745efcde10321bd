package io.pointsman.linux.ipvs;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.genetlink.GenericNetlink;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Virtual servers of the network namespace of the thread that opened it. Requests are collected and sent in batches: {@link
 * #flush} sends the rest. One thread at a time.
 */
public final class IpvsNetlink implements AutoCloseable {
    private final GenericNetlink family;
    private final NetlinkBatch batch = new NetlinkBatch();
    private final List<Request> waiting = new ArrayList<>();
    private final Failures failures;

    /** Receiver of requests that the kernel refused. */
    public interface Failures {
        void refused(Request request, KernelException why);
    }

    /**
     * A request to the kernel.
     *
     * @param destination empty for the virtual server itself
     */
    public record Request(Verb verb, ServerKey server, Optional<Destination> destination) {
        @Override
        public String toString() {
            return verb.word + " " + destination.map(some -> some + " of ").orElse("") + server;
        }
    }

    /** Operation of a request. */
    public enum Verb {
        ADD("adding", IpvsMessages.NEW_SERVICE, IpvsMessages.NEW_DEST),
        CHANGE("changing", IpvsMessages.SET_SERVICE, IpvsMessages.SET_DEST),
        DELETE("deleting", IpvsMessages.DEL_SERVICE, IpvsMessages.DEL_DEST);

        private final String word;
        private final int serverCommand;
        private final int destinationCommand;

        Verb(String word, int serverCommand, int destinationCommand) {
            this.word = word;
            this.serverCommand = serverCommand;
            this.destinationCommand = destinationCommand;
        }
    }

    private IpvsNetlink(GenericNetlink family, Failures failures) {
        this.family = family;
        this.failures = failures;
    }

    /** Opens a socket; empty if the kernel has no IPVS. */
    public static Optional<IpvsNetlink> open(Failures failures) throws KernelException {
        return GenericNetlink.open(IpvsMessages.FAMILY, IpvsMessages.VERSION)
                .map(family -> new IpvsNetlink(family, failures));
    }

    /** Returns the kernel's IPVS version. */
    public String version() throws KernelException {
        family.request(IpvsMessages.GET_INFO, 0);
        return family.query(
                        "asking IPVS for its version",
                        message -> IpvsMessages.readVersion(message.attributes(GenericNetlink.FIXED_BYTES)))
                .orElse("unknown");
    }

    public List<FoundServer> servers() throws KernelException {
        family.request(IpvsMessages.GET_SERVICE, 0);
        return family.dump(
                "listing virtual servers",
                message -> IpvsMessages.readServer(message.attributes(GenericNetlink.FIXED_BYTES)));
    }

    /** Reads the counters of all virtual servers, ours or not. */
    public List<ServerCounts> counts() throws KernelException {
        family.request(IpvsMessages.GET_SERVICE, 0);
        return family.dump(
                "reading the counters of virtual servers",
                message -> IpvsMessages.readCounts(message.attributes(GenericNetlink.FIXED_BYTES)));
    }

    /** Whether a virtual server exists, ours or not. */
    public boolean exists(ServerKey key) throws KernelException {
        IpvsMessages.writeKey(family.request(IpvsMessages.GET_SERVICE, 0), key);
        try {
            return family.query("looking for " + key, _ -> true).orElse(false);
        } catch (KernelException e) {
            if (e.is(Errno.ESRCH)) {
                return false;
            }
            throw e;
        }
    }

    /** Lists the destinations of a virtual server; none if it does not exist. */
    public List<FoundDestination> destinations(ServerKey key) throws KernelException {
        IpvsMessages.writeKey(family.request(IpvsMessages.GET_DEST, 0), key);
        return family.dump(
                "listing destinations of " + key,
                message -> IpvsMessages.readDestination(message.attributes(GenericNetlink.FIXED_BYTES), key.family()));
    }

    public void add(ServerKey key, ServerSpec spec) throws KernelException {
        IpvsMessages.writeServer(begin(Verb.ADD, key), key, spec);
    }

    public void change(ServerKey key, ServerSpec spec) throws KernelException {
        IpvsMessages.writeServer(begin(Verb.CHANGE, key), key, spec);
    }

    public void delete(ServerKey key) throws KernelException {
        IpvsMessages.writeKey(begin(Verb.DELETE, key), key);
    }

    public void add(ServerKey key, Destination destination, int weight) throws KernelException {
        IpvsMessages.writeDestination(begin(Verb.ADD, key, destination), destination, weight);
    }

    public void change(ServerKey key, Destination destination, int weight) throws KernelException {
        IpvsMessages.writeDestination(begin(Verb.CHANGE, key, destination), destination, weight);
    }

    public void delete(ServerKey key, Destination destination) throws KernelException {
        IpvsMessages.writeDestination(begin(Verb.DELETE, key, destination), destination);
    }

    private MessageWriter begin(Verb verb, ServerKey key) throws KernelException {
        return begin(verb.serverCommand, new Request(verb, key, Optional.empty()));
    }

    private MessageWriter begin(Verb verb, ServerKey key, Destination destination) throws KernelException {
        final MessageWriter writer = begin(verb.destinationCommand, new Request(verb, key, Optional.of(destination)));
        IpvsMessages.writeKey(writer, key);
        return writer;
    }

    private MessageWriter begin(int command, Request request) throws KernelException {
        if (batch.isFull()) {
            flush();
        }
        waiting.add(request);
        return family.add(batch, command, 0, request);
    }

    /** Sends the requests that are waiting. */
    public void flush() throws KernelException {
        final List<Request> sent = List.copyOf(waiting);
        try {
            family.execute(batch, (index, why) -> {
                final Request request = sent.get(index);
                // A missing object is what the deletion asked for.
                final boolean isGone = request.verb() == Verb.DELETE && (why.is(Errno.ESRCH) || why.is(Errno.ENOENT));
                if (!isGone) {
                    failures.refused(request, why);
                }
            });
        } finally {
            batch.clear();
            waiting.clear();
        }
    }

    @Override
    public void close() {
        family.close();
    }
}
