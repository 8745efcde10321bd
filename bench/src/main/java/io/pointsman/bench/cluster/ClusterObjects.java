package io.pointsman.bench.cluster;

import io.pointsman.bench.kernel.Services;
import io.pointsman.model.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A node, and Services of type ClusterIP with endpoints, as JSON with the metadata that an API server adds. */
final class ClusterObjects {
    static final String NODE = "bench";
    static final IpAddress NODE_ADDRESS = IpAddress.parse("10.240.0.2");

    private static final int FIRST_POD = 0x0AF4_0001; // 10.244.0.1
    private static final int FIRST_SPARE_POD = 0x0AF8_0001; // 10.248.0.1
    private static final String CREATED = "2026-05-01T10:00:00Z";

    private ClusterObjects() {}

    /** Returns all objects, with the given number of endpoints for each Service; no two Services share one. */
    static List<String> all(int services, int endpoints) {
        final List<String> objects = new ArrayList<>(1 + 2 * services);
        objects.add(node());
        for (int i = 0; i < services; i++) {
            objects.add(service(i));
            objects.add(slice(i, pods(i, endpoints)));
        }
        return objects;
    }

    private static String node() {
        return """
                {"kind":"Node","apiVersion":"v1","metadata":{"name":"%s","uid":"%s","creationTimestamp":"%s",
                 "labels":{"kubernetes.io/hostname":"%s","kubernetes.io/os":"linux"}},
                 "spec":{"podCIDR":"10.244.0.0/24","podCIDRs":["10.244.0.0/24"]},
                 "status":{"addresses":[{"type":"InternalIP","address":"%s"}]}}
                """.formatted(NODE, uid(0, 0), CREATED, NODE, NODE_ADDRESS);
    }

    private static String service(int number) {
        return """
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"service-%1$d","namespace":"bench","uid":"%2$s",
                 "creationTimestamp":"%3$s","labels":{"app":"service-%1$d"},"managedFields":[{"manager":"kubectl-create",
                 "operation":"Update","apiVersion":"v1","time":"%3$s","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":
                 {"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:internalTrafficPolicy":{},"f:ports":{".":{},
                 "k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{},"f:protocol":{},"f:targetPort":{}}},
                 "f:selector":{},"f:sessionAffinity":{},"f:type":{}}}}]},
                 "spec":{"ports":[{"protocol":"TCP","port":%4$d,"targetPort":%5$d}],"selector":{"app":"service-%1$d"},
                 "clusterIP":"%6$s","clusterIPs":["%6$s"],"type":"ClusterIP","sessionAffinity":"None",
                 "ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster"},
                 "status":{"loadBalancer":{}}}
                """.formatted(
                        number, uid(1, number), CREATED, Services.PORT, Services.TARGET_PORT, Services.vip(number));
    }

    /** Returns a Service's slice with its first endpoint replaced by the one with this number. */
    static String changedSlice(int number, int endpoints, int spare) {
        final List<IpAddress> now = pods(number, endpoints);
        now.set(0, IpAddress.ofIpv4(FIRST_SPARE_POD + spare));
        return slice(number, now);
    }

    private static String slice(int number, List<IpAddress> pods) {
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"service-%1$d-x7k2p",
                 "generateName":"service-%1$d-","namespace":"bench","uid":"%2$s","generation":1,"creationTimestamp":"%3$s",
                 "labels":{"app":"service-%1$d","endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io",
                 "kubernetes.io/service-name":"service-%1$d"},
                 "ownerReferences":[{"apiVersion":"v1","kind":"Service","name":"service-%1$d","uid":"%4$s",
                 "controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":"kube-controller-manager",
                 "operation":"Update","apiVersion":"discovery.k8s.io/v1","time":"%3$s","fieldsType":"FieldsV1",
                 "fieldsV1":{"f:addressType":{},"f:endpoints":{},"f:metadata":{"f:annotations":{".":{},
                 "f:endpoints.kubernetes.io/last-change-trigger-time":{}},"f:generateName":{},"f:labels":{".":{},"f:app":{},
                 "f:endpointslice.kubernetes.io/managed-by":{},"f:kubernetes.io/service-name":{}}},"f:ports":{}}}]},
                 "addressType":"IPv4","endpoints":[%5$s],"ports":[{"name":"","protocol":"TCP","port":%6$d}]}
                """.formatted(
                        number,
                        uid(2, number),
                        CREATED,
                        uid(1, number),
                        IntStream.range(0, pods.size())
                                .mapToObj(i -> endpoint(number, i, pods.get(i)))
                                .collect(Collectors.joining(",")),
                        Services.TARGET_PORT);
    }

    private static String endpoint(int service, int number, IpAddress address) {
        return """
                {"addresses":["%s"],"conditions":{"ready":true,"serving":true,"terminating":false},"targetRef":{"kind":"Pod",
                 "namespace":"bench","name":"service-%d-%d","uid":"%s"},"nodeName":"node-%d","zone":"zone-a"}
                """.formatted(address, service, number, uid(3 + number, service), number);
    }

    private static List<IpAddress> pods(int service, int endpoints) {
        final List<IpAddress> pods = new ArrayList<>(endpoints);
        for (int i = 0; i < endpoints; i++) {
            pods.add(IpAddress.ofIpv4(FIRST_POD + service * endpoints + i));
        }
        return pods;
    }

    private static String uid(int kind, int number) {
        return "%08x-0000-4000-8000-%012x".formatted(kind, number);
    }
}
