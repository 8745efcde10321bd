package io.pointsman.testkit.lab;

import io.pointsman.linux.netns.NamespaceHandle;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A set of hosts and the links between them; removed, with all that runs on them, when closed. Built by one thread; any
 * thread may then use the hosts.
 */
public final class Lab implements AutoCloseable {
    private static final AtomicInteger LABS = new AtomicInteger();

    private final String prefix = Janitor.prefix(ProcessHandle.current().pid(), LABS.incrementAndGet());
    private final Map<String, LabHost> hosts = new LinkedHashMap<>();
    private final EchoServers echoServers;

    private Lab(EchoServers echoServers) {
        this.echoServers = echoServers;
    }

    /** Opens an empty lab, after removing labs of dead processes. It is removed when this process ends, even by kill -9. */
    public static Lab open() throws IOException {
        Janitor.removeLeftovers();
        Reaper.watch();
        return new Lab(new EchoServers());
    }

    /** Returns why no lab can be built here; empty if one can. Tries it, and leaves nothing behind. */
    public static Optional<String> unavailable() {
        try (Lab lab = open()) {
            final LabHost left = lab.addHost("left");
            lab.connect(left, "eth0", lab.addHost("right"), "eth0");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("no lab of network namespaces can be built here: " + e.getMessage());
        }
    }

    /**
     * Adds a host with only its loopback interface, which is up.
     *
     * @param name {@code [a-zA-Z0-9._-]}, unique in this lab
     */
    public LabHost addHost(String name) throws IOException {
        if (hosts.containsKey(name)) {
            throw new IllegalArgumentException("there is a host " + name + " already");
        }
        final NetworkNamespace namespace = NetworkNamespace.create(prefix + name);
        try {
            final LabHost host = LabHost.open(name, namespace, echoServers);
            hosts.put(name, host);
            return host;
        } catch (IOException | RuntimeException e) {
            namespace.delete();
            throw e;
        }
    }

    /** Returns the host of that name. */
    public LabHost host(String name) {
        return Objects.requireNonNull(hosts.get(name), () -> "no host " + name + " among " + hosts.keySet());
    }

    /** Returns the hosts in the order of their creation. */
    public List<LabHost> hosts() {
        return List.copyOf(hosts.values());
    }

    /** Connects two hosts by a link: an interface on each, both up. */
    public void connect(LabHost left, String leftInterface, LabHost right, String rightInterface) throws IOException {
        try (NamespaceHandle handle = right.namespace().openHandle()) {
            left.netlink().addVethPair(leftInterface, rightInterface, handle);
        }
        left.netlink().setUp(leftInterface);
        right.netlink().setUp(rightInterface);
    }

    /** Stops what runs on the hosts and removes them. A second call does nothing. */
    @Override
    public void close() {
        final List<LabHost> closing = new ArrayList<>(hosts.values());
        Collections.reverse(closing);
        hosts.clear();
        echoServers.close();
        try {
            Janitor.endProcessesIn(closing.stream().map(LabHost::namespace).toList());
        } catch (IOException e) {
            throw new UncheckedIOException("can't end what runs in a lab", e);
        } finally {
            closing.forEach(LabHost::close);
        }
    }
}
