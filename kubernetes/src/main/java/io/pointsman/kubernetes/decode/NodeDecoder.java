package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a v1 Node. */
final class NodeDecoder {
    static final String ZONE_LABEL = "topology.kubernetes.io/zone";

    private NodeDecoder() {}

    static Node decode(Field object) throws RefusedException {
        final Metadata metadata = new Metadata(object);
        final Field spec = object.get("spec");
        final String zone = metadata.label(ZONE_LABEL).text("");
        return new Node(
                metadata.name(),
                addresses(object.get("status").get("addresses")),
                zone.isEmpty() ? Optional.empty() : Optional.of(zone),
                podCidrs(spec),
                metadata.isBeingDeleted(),
                taints(spec.get("taints")));
    }

    /** Returns internal addresses before external ones, the order in which kube-proxy looks for its primary address. */
    private static List<IpAddress> addresses(Field field) throws RefusedException {
        final Set<IpAddress> internal = new LinkedHashSet<>();
        final Set<IpAddress> external = new LinkedHashSet<>();
        for (Field item : field.items()) {
            switch (item.get("type").text("")) {
                case "InternalIP" -> internal.add(item.get("address").address());
                case "ExternalIP" -> external.add(item.get("address").address());
                default -> {
                    // a host name or an unknown type of address
                }
            }
        }
        internal.addAll(external);
        return new ArrayList<>(internal);
    }

    private static List<Cidr> podCidrs(Field spec) throws RefusedException {
        final List<Cidr> ranges = new ArrayList<>();
        for (Field item : spec.get("podCIDRs").items()) {
            ranges.add(Addresses.range(item));
        }
        final Field single = spec.get("podCIDR");
        if (ranges.isEmpty() && !single.text("").isEmpty()) {
            ranges.add(Addresses.range(single));
        }
        return ranges;
    }

    private static Set<String> taints(Field field) throws RefusedException {
        final Set<String> keys = new LinkedHashSet<>();
        for (Field item : field.items()) {
            keys.add(item.get("key").requiredText());
        }
        return keys;
    }
}
