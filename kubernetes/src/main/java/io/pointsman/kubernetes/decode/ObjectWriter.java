package io.pointsman.kubernetes.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCidr;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Map;

/**
 * Writes objects of the model as a Kubernetes {@code List} in JSON, one per line. It contains everything that a proxy uses,
 * and reading it gives equal objects; fields that were never read are missing.
 */
public final class ObjectWriter {
    private static final JsonFactory FACTORY = new JsonFactory();

    private ObjectWriter() {}

    /** Writes a list to a stream, which is flushed and left open. */
    public static void write(Collection<ClusterObject> objects, OutputStream out) throws IOException {
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            head(json, "v1", "List");
            json.writeArrayFieldStart("items");
            for (ClusterObject object : objects) {
                json.writeRaw('\n');
                object(json, object);
            }
            json.writeRaw('\n');
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void head(JsonGenerator json, String apiVersion, String kind) throws IOException {
        json.writeStringField("apiVersion", apiVersion);
        json.writeStringField("kind", kind);
    }

    private static void object(JsonGenerator json, ClusterObject object) throws IOException {
        final Resource resource = Resource.of(object.kind());
        json.writeStartObject();
        head(json, resource.apiVersion, resource.kind);
        switch (object) {
            case Service service -> service(json, service);
            case EndpointSlice slice -> slice(json, slice);
            case Node node -> node(json, node);
            case ServiceCidr range -> serviceCidr(json, range);
        }
        json.writeEndObject();
    }

    private static void service(JsonGenerator json, Service service) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("namespace", service.name().namespace());
        json.writeStringField("name", service.name().name());
        if (service.createdAt().isPresent()) {
            json.writeStringField("creationTimestamp", service.createdAt().get().toString());
        }
        texts(json, "labels", service.labels());
        texts(json, "annotations", service.annotations());
        json.writeEndObject();
        json.writeObjectFieldStart("spec");
        json.writeStringField("type", type(service.type()));
        if (service.clusterIps().isEmpty()) {
            if (service.type() != ServiceType.EXTERNAL_NAME) {
                json.writeStringField("clusterIP", "None");
            }
        } else {
            json.writeStringField("clusterIP", service.clusterIps().getFirst().toString());
            values(json, "clusterIPs", service.clusterIps());
        }
        servicePorts(json, service.ports());
        values(json, "externalIPs", service.externalIps());
        values(json, "loadBalancerSourceRanges", service.sourceRanges());
        json.writeStringField("externalTrafficPolicy", policy(service.externalPolicy()));
        json.writeStringField("internalTrafficPolicy", policy(service.internalPolicy()));
        json.writeNumberField("healthCheckNodePort", service.healthCheckNodePort());
        if (service.clientIpAffinity().isPresent()) {
            json.writeStringField("sessionAffinity", "ClientIP");
            json.writeObjectFieldStart("sessionAffinityConfig");
            json.writeObjectFieldStart("clientIP");
            json.writeNumberField(
                    "timeoutSeconds", service.clientIpAffinity().get().toSeconds());
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndObject();
        ingress(json, service.ingress());
    }

    private static void servicePorts(JsonGenerator json, Collection<ServicePort> ports) throws IOException {
        json.writeArrayFieldStart("ports");
        for (ServicePort port : ports) {
            json.writeStartObject();
            json.writeStringField("name", port.name());
            json.writeStringField("protocol", port.protocol().toString());
            json.writeNumberField("port", port.port());
            json.writeNumberField("nodePort", port.nodePort());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void ingress(JsonGenerator json, Collection<LoadBalancerIngress> ingress) throws IOException {
        json.writeObjectFieldStart("status");
        json.writeObjectFieldStart("loadBalancer");
        json.writeArrayFieldStart("ingress");
        for (LoadBalancerIngress one : ingress) {
            json.writeStartObject();
            json.writeStringField("ip", one.ip().toString());
            json.writeStringField(
                    "ipMode",
                    switch (one.mode()) {
                        case VIP -> "VIP";
                        case PROXY -> "Proxy";
                    });
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void slice(JsonGenerator json, EndpointSlice slice) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("namespace", slice.name().namespace());
        json.writeStringField("name", slice.name().name());
        json.writeObjectFieldStart("labels");
        json.writeStringField(EndpointSlice.SERVICE_NAME_LABEL, slice.service().name());
        if (slice.headless()) {
            json.writeStringField(EndpointSlice.HEADLESS_LABEL, "");
        }
        json.writeEndObject();
        if (slice.lastChangeTrigger().isPresent()) {
            json.writeObjectFieldStart("annotations");
            json.writeStringField(
                    EndpointSliceDecoder.LAST_CHANGE_TRIGGER,
                    slice.lastChangeTrigger().get().toString());
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeStringField("addressType", slice.family().toString());
        json.writeArrayFieldStart("endpoints");
        for (Endpoint endpoint : slice.endpoints()) {
            endpoint(json, endpoint);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("ports");
        for (EndpointPort port : slice.ports()) {
            json.writeStartObject();
            json.writeStringField("name", port.name());
            json.writeStringField("protocol", port.protocol().toString());
            json.writeNumberField("port", port.port());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void endpoint(JsonGenerator json, Endpoint endpoint) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("addresses");
        json.writeString(endpoint.address().toString());
        json.writeEndArray();
        json.writeObjectFieldStart("conditions");
        json.writeBooleanField("ready", endpoint.isReady());
        json.writeBooleanField("serving", endpoint.isServing());
        json.writeBooleanField("terminating", endpoint.isTerminating());
        json.writeEndObject();
        if (endpoint.nodeName().isPresent()) {
            json.writeStringField("nodeName", endpoint.nodeName().get());
        }
        if (!endpoint.zoneHints().isEmpty() || !endpoint.nodeHints().isEmpty()) {
            json.writeObjectFieldStart("hints");
            hints(json, "forZones", endpoint.zoneHints());
            hints(json, "forNodes", endpoint.nodeHints());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void hints(JsonGenerator json, String field, Collection<String> names) throws IOException {
        json.writeArrayFieldStart(field);
        for (String name : names) {
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void node(JsonGenerator json, Node node) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("name", node.name());
        if (node.beingDeleted()) {
            json.writeStringField("deletionTimestamp", "1970-01-01T00:00:00Z"); // the time is unknown and unused
        }
        if (node.zone().isPresent()) {
            texts(json, "labels", Map.of(NodeDecoder.ZONE_LABEL, node.zone().get()));
        }
        json.writeEndObject();
        json.writeObjectFieldStart("spec");
        values(json, "podCIDRs", node.podCidrs());
        json.writeArrayFieldStart("taints");
        for (String key : node.taints()) {
            json.writeStartObject();
            json.writeStringField("key", key);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeObjectFieldStart("status");
        json.writeArrayFieldStart("addresses");
        for (IpAddress address : node.addresses()) {
            json.writeStartObject();
            json.writeStringField("type", "InternalIP"); // in order, external ones last, as they are read
            json.writeStringField("address", address.toString());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void serviceCidr(JsonGenerator json, ServiceCidr range) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("name", range.name());
        json.writeEndObject();
        json.writeObjectFieldStart("spec");
        values(json, "cidrs", range.cidrs());
        json.writeEndObject();
    }

    private static void texts(JsonGenerator json, String field, Map<String, String> texts) throws IOException {
        if (texts.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, String> text : texts.entrySet()) {
            json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
    }

    /** Writes addresses or ranges. */
    private static void values(JsonGenerator json, String field, Collection<?> values) throws IOException {
        if (values.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(field);
        for (Object value : values) {
            json.writeString(value.toString());
        }
        json.writeEndArray();
    }

    private static String type(ServiceType type) {
        return switch (type) {
            case CLUSTER_IP -> "ClusterIP";
            case NODE_PORT -> "NodePort";
            case LOAD_BALANCER -> "LoadBalancer";
            case EXTERNAL_NAME -> "ExternalName";
        };
    }

    private static String policy(TrafficPolicy policy) {
        return switch (policy) {
            case CLUSTER -> "Cluster";
            case LOCAL -> "Local";
        };
    }
}
