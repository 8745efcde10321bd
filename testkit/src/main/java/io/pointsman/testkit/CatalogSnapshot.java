package io.pointsman.testkit;

import io.pointsman.model.EndpointSlice;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Content of a catalog at one time.
 *
 * @param slices by the Service that they name; a Service without any is absent
 */
record CatalogSnapshot(Map<ObjectName, Service> services, Map<ObjectName, List<EndpointSlice>> slices) {
    static final CatalogSnapshot EMPTY = new CatalogSnapshot(Map.of(), Map.of());

    CatalogSnapshot {
        services = Map.copyOf(services);
        slices = Map.copyOf(slices);
    }

    static CatalogSnapshot of(ServiceCatalog catalog) {
        final Map<ObjectName, Service> services = new HashMap<>();
        catalog.services().forEach(service -> services.put(service.name(), service));
        final Map<ObjectName, List<EndpointSlice>> slices = new HashMap<>();
        catalog.servicesWithSlices().forEach(service -> slices.put(service, catalog.slices(service)));
        return new CatalogSnapshot(services, slices);
    }

    /**
     * Returns the pending Services of a catalog, with their states in this snapshot and in the catalog; in order of name.
     */
    List<ServiceChange> changes(ServiceCatalog now) {
        return now.pendingServices().stream()
                .map(name -> new ServiceChange(
                        name,
                        Optional.ofNullable(services.get(name)),
                        now.service(name),
                        slices.getOrDefault(name, List.of()),
                        now.slices(name)))
                .toList();
    }
}
