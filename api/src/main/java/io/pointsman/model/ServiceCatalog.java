package io.pointsman.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Objects of the cluster that a proxy needs, and the Services that changed since the last resolve. Owned by one thread and
 * read by one resolver, which takes the changes.
 */
public final class ServiceCatalog {
    private final Map<ObjectName, Service> services = new HashMap<>();
    private final Map<ObjectName, ObjectName> serviceOfSlice = new HashMap<>();
    private final Map<ObjectName, List<EndpointSlice>> slices = new HashMap<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, ServiceCidr> serviceCidrs = new HashMap<>();
    private @Nullable Map<IpAddress, String> nodeAddresses;
    private final Collapser<ObjectName, Service> serviceChanges = new Collapser<>();
    private final Collapser<ObjectName, List<EndpointSlice>> sliceChanges = new Collapser<>();

    /** Creates an empty catalog. */
    public ServiceCatalog() {}

    /** Applies changes in order. */
    public void apply(List<ObjectChange> changes) {
        for (ObjectChange change : changes) {
            switch (change) {
                case ObjectChange.Put(ClusterObject object) -> put(object);
                case ObjectChange.Delete(ClusterObject.Kind kind, ObjectName name) -> delete(kind, name);
            }
        }
    }

    private void put(ClusterObject object) {
        switch (object) {
            case Service service -> replaceService(service.name(), service);
            case EndpointSlice slice -> replaceSlice(slice.name(), slice.headless() ? null : slice);
            case Node node -> replaceNode(node.name(), node);
            case ServiceCidr range -> serviceCidrs.put(range.name(), range);
        }
    }

    private void delete(ClusterObject.Kind kind, ObjectName name) {
        switch (kind) {
            case SERVICE -> replaceService(name, null);
            case ENDPOINT_SLICE -> replaceSlice(name, null);
            case NODE -> replaceNode(name.name(), null);
            case SERVICE_CIDR -> serviceCidrs.remove(name.name());
        }
    }

    private void replaceNode(String name, @Nullable Node node) {
        final Node previous = node == null ? nodes.remove(name) : nodes.put(name, node);
        final List<IpAddress> before = previous == null ? List.of() : previous.addresses();
        if (!before.equals(node == null ? List.of() : node.addresses())) {
            nodeAddresses = null;
        }
    }

    private void replaceService(ObjectName name, @Nullable Service service) {
        final Service previous = service == null ? services.remove(name) : services.put(name, service);
        serviceChanges.note(name, previous, service);
    }

    private void replaceSlice(ObjectName name, @Nullable EndpointSlice slice) {
        final ObjectName previousOwner = serviceOfSlice.remove(name);
        if (previousOwner != null && (slice == null || !previousOwner.equals(slice.service()))) {
            replaceSliceOf(previousOwner, name, null);
        }
        if (slice != null) {
            serviceOfSlice.put(name, slice.service());
            replaceSliceOf(slice.service(), name, slice);
        }
    }

    private void replaceSliceOf(ObjectName service, ObjectName name, @Nullable EndpointSlice slice) {
        final List<EndpointSlice> previous = slices.getOrDefault(service, List.of());
        final List<EndpointSlice> current = new ArrayList<>(previous);
        current.removeIf(other -> other.name().equals(name));
        if (slice != null) {
            current.add(slice);
            current.sort(Comparator.comparing(EndpointSlice::name));
        }
        if (current.isEmpty()) {
            slices.remove(service);
        } else {
            slices.put(service, List.copyOf(current));
        }
        sliceChanges.note(service, previous, current);
    }

    /** Returns every Service, in no particular order. */
    public Collection<Service> services() {
        return Collections.unmodifiableCollection(services.values());
    }

    public Optional<Service> service(ObjectName name) {
        return Optional.ofNullable(services.get(name));
    }

    /** Returns the slices of a Service, whether it exists or not, in order of name; headless ones are left out. */
    public List<EndpointSlice> slices(ObjectName service) {
        return slices.getOrDefault(service, List.of());
    }

    /** Returns the Services that slices name, whether they exist or not. */
    public Set<ObjectName> servicesWithSlices() {
        return Collections.unmodifiableSet(slices.keySet());
    }

    public Optional<Node> node(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    /** Returns the ranges that the cluster takes Service addresses from, in order, without duplicates. */
    public List<Cidr> serviceRanges() {
        return serviceCidrs.values().stream()
                .flatMap(range -> range.cidrs().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * Returns the addresses of all nodes, with the node's name. If two nodes name one address, the first by name has it.
     * Returns the same object until some node's addresses change.
     */
    public Map<IpAddress, String> nodeAddresses() {
        Map<IpAddress, String> known = nodeAddresses;
        if (known == null) {
            final Map<IpAddress, String> all = new HashMap<>();
            for (Node node : nodes.values()) {
                for (IpAddress address : node.addresses()) {
                    all.merge(address, node.name(), (one, other) -> one.compareTo(other) <= 0 ? one : other);
                }
            }
            known = Map.copyOf(all);
            nodeAddresses = known;
        }
        return known;
    }

    /**
     * Returns the Services that differ, themselves or in their slices, from what they were at the last resolve; in order of
     * name.
     */
    public Set<ObjectName> pendingServices() {
        return Collections.unmodifiableSet(new TreeSet<>(changedServices()));
    }

    private Set<ObjectName> changedServices() {
        final Set<ObjectName> changed = new HashSet<>(serviceChanges.changed());
        changed.addAll(sliceChanges.changed());
        return changed;
    }

    /**
     * Returns the {@link #pendingServices}, in no particular order, and clears them, so each change is taken once. The set is
     * the caller's.
     */
    public Set<ObjectName> takePendingServices() {
        final Set<ObjectName> taken = changedServices();
        serviceChanges.checkpoint();
        sliceChanges.checkpoint();
        return taken;
    }
}
