package io.pointsman.kubernetes.decode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.yaml.JsonTree;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import java.util.Optional;

/**
 * Converts Kubernetes objects to the model: v1 Service and Node, discovery.k8s.io/v1 EndpointSlice and networking.k8s.io/v1
 * ServiceCIDR. Any other object, and a slice of host names, gives an empty result. Missing fields have the API server's
 * defaults, fields that a proxy does not use are ignored, and values are never converted: {@code port: "80"} is an error.
 * Thread-safe.
 */
public final class KubernetesObjects {
    private KubernetesObjects() {}

    /** Holds the mapper, so that Jackson is loaded only if used. */
    private static final class Mapper {
        static final JsonMapper JSON = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /**
     * Reads the JSON text of one object.
     *
     * @throws ConfigException if it is not JSON, or as {@link #fromJson(JsonNode)} says
     */
    public static Optional<ClusterObject> fromJson(String json) throws ConfigException {
        try {
            return fromJson(Mapper.JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    "not JSON, line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Converts one object that Jackson has read.
     *
     * @throws ConfigException naming the object, the field, its value and what is allowed
     */
    public static Optional<ClusterObject> fromJson(JsonNode object) throws ConfigException {
        final Tree tree = JsonTree.of(object);
        try {
            return ObjectDecoder.decode(tree);
        } catch (RefusedException e) {
            throw new ConfigException(ObjectDecoder.describe(tree) + ": " + e.getMessage(), e);
        }
    }

    /**
     * Converts one object of the fabric8 client.
     *
     * @throws ConfigException as {@link #fromJson(JsonNode)}
     */
    public static Optional<ClusterObject> from(HasMetadata object) throws ConfigException {
        return fromJson(Mapper.JSON.<JsonNode>valueToTree(object));
    }
}
