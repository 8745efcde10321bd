package io.pointsman.testserver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Serves create, replace, patch, delete and get of one object, as {@code kubectl} requests them. */
final class Writes {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern PATH = Pattern.compile(
            "(/api/v1|/apis/discovery\\.k8s\\.io/v1)(?:/namespaces/([^/]+))?/(services|endpointslices|nodes)(?:/([^/]+))?");

    private final FakeCluster cluster;
    private final Consumer<ObjectNode> admission;

    Writes(FakeCluster cluster, Consumer<ObjectNode> admission) {
        this.cluster = cluster;
        this.admission = admission;
    }

    /** Target of a path: {@code name} is empty for a collection, {@code namespace} for objects without one. */
    private record Target(String kind, String namespace, String name) {
        String key(String objectName) {
            return namespace.isEmpty() ? objectName : namespace + "/" + objectName;
        }
    }

    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String why;

        RefusedException(int status, String why, String message) {
            super(message);
            this.status = status;
            this.why = why;
        }
    }

    void serve(Exchange exchange) throws IOException {
        final Target target = target(exchange.path());
        if (target == null) {
            exchange.answer(404, "text/plain", Recorded.bytes("error-404-group.txt"));
            return;
        }
        try {
            final JsonNode object;
            synchronized (this) { // one writer at a time, so that an object does not change between read and write
                object = write(exchange, target);
            }
            exchange.answer(exchange.method().equals("POST") ? 201 : 200, "application/json", bytes(object));
        } catch (RefusedException e) {
            final ObjectNode status =
                    JSON.createObjectNode().put("kind", "Status").put("apiVersion", "v1");
            status.putObject("metadata");
            status.put("status", "Failure")
                    .put("message", e.getMessage())
                    .put("reason", e.why)
                    .put("code", e.status);
            exchange.answer(e.status, "application/json", bytes(status));
        }
    }

    private static byte[] bytes(JsonNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable Target target(String path) {
        final Matcher matcher = PATH.matcher(path);
        if (!matcher.matches()) {
            return null;
        }
        final String collection = matcher.group(1) + "/" + matcher.group(3);
        return Reads.knows(collection)
                ? new Target(FakeCluster.kind(collection), orEmpty(matcher.group(2)), orEmpty(matcher.group(4)))
                : null;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private JsonNode write(Exchange exchange, Target target) throws RefusedException {
        return switch (exchange.method()) {
            case "POST" -> create(target, parse(exchange.body()));
            case "GET" -> existing(target);
            case "PUT" -> {
                existing(target);
                yield put(target, parse(exchange.body()));
            }
            case "PATCH" -> patch(exchange, target);
            case "DELETE" -> {
                final JsonNode gone = existing(target);
                cluster.delete(target.kind(), target.key(target.name()));
                yield gone;
            }
            default -> throw new RefusedException(405, "MethodNotAllowed", exchange.method() + " is not served");
        };
    }

    private static ObjectNode parse(String body) throws RefusedException {
        try {
            if (JSON.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new RefusedException(400, "BadRequest", e.getOriginalMessage());
        }
        throw new RefusedException(400, "BadRequest", "the body is no object");
    }

    private JsonNode existing(Target target) throws RefusedException {
        final JsonNode object = cluster.get(target.kind(), target.key(target.name()));
        if (object == null) {
            throw new RefusedException(404, "NotFound", target.kind() + " \"" + target.name() + "\" not found");
        }
        return object;
    }

    private JsonNode create(Target target, ObjectNode object) throws RefusedException {
        final String name = object.path("metadata").path("name").asText("");
        if (name.isEmpty()) {
            throw new RefusedException(422, "Invalid", target.kind() + ": metadata.name: Required value");
        }
        if (cluster.get(target.kind(), target.key(name)) != null) {
            throw new RefusedException(409, "AlreadyExists", target.kind() + " \"" + name + "\" already exists");
        }
        return put(target, object);
    }

    private JsonNode put(Target target, ObjectNode object) throws RefusedException {
        final boolean isRight = object.path("kind").asText("").equals(target.kind())
                && object.path("metadata").path("namespace").asText("").equals(target.namespace())
                && (target.name().isEmpty()
                        || object.path("metadata").path("name").asText("").equals(target.name()));
        if (!isRight) {
            throw new RefusedException(400, "BadRequest", "kind, namespace or name is not that of the path");
        }
        admission.accept(object);
        cluster.put(object);
        return object;
    }

    private JsonNode patch(Exchange exchange, Target target) throws RefusedException {
        final ObjectNode object = existing(target).deepCopy();
        final ObjectNode patch = parse(exchange.body());
        final String type = exchange.headers().getOrDefault("content-type", "");
        switch (type) {
            case "application/merge-patch+json" -> Patches.merge(object, patch);
            case "application/strategic-merge-patch+json" -> mergeStrategically(target, object, patch);
            default -> throw new RefusedException(415, "UnsupportedMediaType", "patches of type \"" + type + "\"");
        }
        return put(target, object);
    }

    /** Merges a patch; of the kinds here, only Services have a list that is merged item by item. */
    private static void mergeStrategically(Target target, ObjectNode object, ObjectNode patch) throws RefusedException {
        if (!target.kind().equals("Service")) {
            Patches.merge(object, patch);
            return;
        }
        try {
            Patches.mergeStrategically(object, patch);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(422, "Invalid", String.valueOf(e.getMessage()));
        }
    }
}
