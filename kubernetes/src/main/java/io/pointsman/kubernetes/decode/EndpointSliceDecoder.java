package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Endpoint;
import io.pointsman.model.Endpoint.Condition;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a discovery.k8s.io/v1 EndpointSlice. As at the API server, one bad endpoint or port refuses the whole slice: using
 * half of a slice would shift load by accident.
 */
final class EndpointSliceDecoder {
    static final String LAST_CHANGE_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time";

    private enum AddressType {
        IPV4,
        IPV6,
        FQDN
    }

    private static final Map<String, AddressType> ADDRESS_TYPES =
            Map.of("IPv4", AddressType.IPV4, "IPv6", AddressType.IPV6, "FQDN", AddressType.FQDN);

    private EndpointSliceDecoder() {}

    /** Reads a slice; empty for one of host names ({@code addressType: FQDN}), which no proxy serves. */
    static Optional<EndpointSlice> decode(Field object) throws RefusedException {
        final Metadata metadata = new Metadata(object);
        final ObjectName name = metadata.namespacedName();
        final Field addressType = object.get("addressType");
        addressType.requiredText();
        return switch (Choice.of(addressType, ADDRESS_TYPES, AddressType.FQDN)) {
            case IPV4 -> Optional.of(decode(object, metadata, name, IpFamily.IPV4));
            case IPV6 -> Optional.of(decode(object, metadata, name, IpFamily.IPV6));
            case FQDN -> Optional.empty();
        };
    }

    private static EndpointSlice decode(Field object, Metadata metadata, ObjectName name, IpFamily family)
            throws RefusedException {
        final Field service = metadata.label(EndpointSlice.SERVICE_NAME_LABEL);
        if (service.text("").isEmpty()) {
            throw service.refused("is missing: this label names the Service that the slice belongs to");
        }
        return EndpointSlice.builder(name, new ObjectName(name.namespace(), service.requiredText()), family)
                .endpoints(endpoints(object.get("endpoints"), family))
                .ports(ports(object.get("ports")))
                .headless(metadata.label(EndpointSlice.HEADLESS_LABEL).isPresent())
                .lastChangeTrigger(Optional.ofNullable(metadata.annotations().get(LAST_CHANGE_TRIGGER))
                        .flatMap(Metadata::parseTime))
                .build();
    }

    private static List<Endpoint> endpoints(Field field, IpFamily family) throws RefusedException {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (Field item : field.items()) {
            final String nodeName = item.get("nodeName").text("");
            endpoints.add(new Endpoint(
                    address(item.get("addresses"), family),
                    conditions(item.get("conditions")),
                    nodeName.isEmpty() ? Optional.empty() : Optional.of(nodeName.intern()), // few nodes, many endpoints
                    names(item.get("hints").get("forZones")),
                    names(item.get("hints").get("forNodes"))));
        }
        return endpoints;
    }

    private static Set<Condition> conditions(Field field) throws RefusedException {
        final Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        if (field.get("ready").flag(true)) {
            conditions.add(Condition.READY);
        }
        if (field.get("serving").flag(true)) {
            conditions.add(Condition.SERVING);
        }
        if (field.get("terminating").flag(false)) {
            conditions.add(Condition.TERMINATING);
        }
        return conditions;
    }

    /** Returns the first address, the only one a proxy uses; the others must be valid too. */
    private static IpAddress address(Field field, IpFamily family) throws RefusedException {
        final List<Field> items = field.items();
        if (items.isEmpty()) {
            throw field.refused("is empty: an endpoint has at least one address");
        }
        IpAddress first = null;
        for (Field item : items) {
            final IpAddress address = Addresses.ordinary(item);
            if (address.family() != family) {
                throw item.refused(
                        address + " is an " + address.family() + " address in a slice of addressType " + family);
            }
            first = first == null ? address : first;
        }
        return Objects.requireNonNull(first);
    }

    private static Set<String> names(Field field) throws RefusedException {
        final Set<String> names = new LinkedHashSet<>();
        for (Field item : field.items()) {
            names.add(item.get("name").requiredText());
        }
        return names;
    }

    private static List<EndpointPort> ports(Field field) throws RefusedException {
        final List<EndpointPort> ports = new ArrayList<>();
        final Set<String> names = new HashSet<>();
        for (Field item : field.items()) {
            final String name = item.get("name").text("");
            final Protocol protocol = Choice.protocol(item.get("protocol"));
            if (!names.add(name)) {
                throw item.get("name").refused(Quoted.of(name) + " is the name of another port of this slice, too");
            }
            // Without a number, or with 0, it means all ports, and no Service port can use it.
            final int port = item.get("port").integer(0, 65535, 0);
            if (port != 0) {
                ports.add(new EndpointPort(name, protocol, port));
            }
        }
        return ports;
    }
}
