package io.pointsman.agent.training;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Programs a cluster's Services into the kernel as an agent does when it starts, in a network namespace of its own. A start
 * ends before the JVM has compiled most of what it runs; with the profiles of this one in the class cache, it compiles
 * sooner.
 */
final class KernelRehearsal {
    private static final String MODE = "nftables";
    private static final String NAMESPACE = "pointsman-training-"; // and the process's number
    private static final Pattern NAMES = Pattern.compile(NAMESPACE + "(\\d{1,10})");
    private static final int SERVICES = 10_000;
    private static final int ENDPOINTS = 5;
    private static final int FIRST_VIP = 0x0A60_0001; // 10.96.0.1
    private static final int FIRST_POD = 0x0AF4_0001; // 10.244.0.1

    private KernelRehearsal() {}

    /** Whether the kernel took everything. Changes nothing without CAP_SYS_ADMIN, or where the kernel lacks the mode. */
    static boolean run() throws IOException {
        final NetworkNamespace namespace;
        try {
            namespace =
                    NetworkNamespace.create(NAMESPACE + ProcessHandle.current().pid());
        } catch (KernelException _) {
            return false; // a build needs no privileges
        }
        final Path folder = Files.createTempDirectory("pointsman-training");
        try {
            deleteStale();
            for (BackendProvider provider : BackendCatalog.load().providers()) {
                if (provider.name().equals(MODE)) {
                    return program(provider, new BackendConfig(folder, Map.of("netns", namespace.name())));
                }
            }
            return false;
        } catch (BackendException _) {
            return false; // a start in this mode says what the kernel lacks
        } finally {
            namespace.delete();
            delete(folder);
        }
    }

    /** Deletes the namespaces of rehearsals that were killed. */
    private static void deleteStale() throws IOException {
        for (String name : NetworkNamespace.names()) {
            final Matcher matcher = NAMES.matcher(name);
            if (matcher.matches()
                    && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
                NetworkNamespace.named(name).delete();
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static boolean program(BackendProvider provider, BackendConfig config) throws BackendException {
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(IntStream.range(0, SERVICES)
                .mapToObj(KernelRehearsal::objects)
                .flatMap(List::stream)
                .toList());
        final PlanResolver resolver = new PlanResolver(PlanOptions.builder("rehearsal")
                .mode(provider.semantics())
                .families(Set.of(IpFamily.IPV4))
                .podRanges(List.of(Cidr.parse("10.244.0.0/14")))
                .build());
        final PlanUpdate update = resolver.resolve(catalog, Set.of(IpAddress.parse("10.240.0.2")));
        boolean isComplete = true;
        for (int start = 0; start < 2; start++) { // the second finds what the first one left
            try (Backend backend = provider.open(config)) {
                isComplete &=
                        backend.apply(update.plan(), update.delta()).problems().isEmpty();
            }
        }
        return isComplete;
    }

    private static List<ObjectChange> objects(int number) {
        final ObjectName name = new ObjectName("rehearsal", "service-" + number);
        final List<Endpoint> endpoints = new ArrayList<>(ENDPOINTS);
        for (int i = 0; i < ENDPOINTS; i++) {
            endpoints.add(Endpoint.ready(IpAddress.ofIpv4(FIRST_POD + number * ENDPOINTS + i)));
        }
        return List.of(
                new ObjectChange.Put(Service.builder(name)
                        .clusterIps(List.of(IpAddress.ofIpv4(FIRST_VIP + number)))
                        .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                        .build()),
                new ObjectChange.Put(EndpointSlice.builder(name, name, IpFamily.IPV4)
                        .endpoints(endpoints)
                        .ports(List.of(new EndpointPort("", Protocol.TCP, 8080)))
                        .build()));
    }
}
