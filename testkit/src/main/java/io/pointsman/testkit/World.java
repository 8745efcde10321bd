package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.kubernetes.decode.KubernetesObjects;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ObjectName;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Cluster, proxy and current plan of one scenario. Not thread-safe. */
final class World {
    private final NodeUnderTest node;
    private final FeatureGates gates;
    private final Map<ObjectKey, ClusterObject> objects = new LinkedHashMap<>();
    private ServiceCatalog catalog = new ServiceCatalog();
    private PlanResolver resolver;
    private Optional<ForwardingPlan> plan = Optional.empty();
    private CatalogSnapshot atLastSync = CatalogSnapshot.EMPTY;
    private List<ServiceChange> lastSynced = List.of();
    private boolean isSynced;

    World(NodeUnderTest node, FeatureGates gates) {
        this.node = node;
        this.gates = gates;
        resolver = new PlanResolver(node.options());
        put(node.node());
    }

    /** Restarts the proxy, which lists everything again; its state in the kernel stays in force until it writes again. */
    void restart() {
        catalog = new ServiceCatalog();
        resolver = new PlanResolver(node.options());
        atLastSync = CatalogSnapshot.EMPTY;
        List.copyOf(objects.values()).forEach(this::put);
        isSynced = false;
    }

    /** Adds the object, or replaces the one of the same kind and name. */
    void apply(JsonNode json) throws ConfigException {
        KubernetesObjects.fromJson(gates.applied(json)).ifPresent(this::put);
    }

    private void put(ClusterObject object) {
        objects.put(ObjectKey.of(object), object);
        catalog.apply(List.of(new ObjectChange.Put(object)));
        isSynced = false;
    }

    void delete(ClusterObject.Kind kind, ObjectName name) {
        objects.remove(new ObjectKey(kind, name));
        catalog.apply(List.of(new ObjectChange.Delete(kind, name)));
        isSynced = false;
    }

    PlanUpdate sync() {
        lastSynced = pendingChanges();
        final PlanUpdate update = resolver.resolve(catalog, node.localAddresses());
        plan = Optional.of(update.plan());
        atLastSync = CatalogSnapshot.of(catalog);
        isSynced = true;
        return update;
    }

    /** Returns the plan in force. */
    ForwardingPlan plan() {
        return plan.orElseThrow(() -> new IllegalStateException("nothing has been synced yet"));
    }

    /** Returns the changes of the last sync, or the pending ones if there are changes since. */
    List<ServiceChange> changes() {
        return isSynced ? lastSynced : pendingChanges();
    }

    List<ServiceChange> pendingChanges() {
        return atLastSync.changes(catalog);
    }

    ServiceCatalog catalog() {
        return catalog;
    }

    NodeUnderTest node() {
        return node;
    }

    /** Returns the catalog's view for the family under test. */
    FamilyView view() {
        return new FamilyView(catalog, node.family(), node.node().name());
    }

    /** Returns the slices of the family by Service, to see whether an update makes a difference. */
    Map<ObjectName, Object> slicesOfFamily() {
        final Map<ObjectName, Object> slices = new LinkedHashMap<>();
        for (ObjectName service : Set.copyOf(catalog.servicesWithSlices())) {
            final var ofFamily = catalog.slices(service).stream()
                    .filter(slice -> slice.family() == node.family())
                    .toList();
            if (!ofFamily.isEmpty()) {
                slices.put(service, ofFamily);
            }
        }
        return slices;
    }
}
