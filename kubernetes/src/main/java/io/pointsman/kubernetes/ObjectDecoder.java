package io.pointsman.kubernetes;

import io.pointsman.model.ClusterObject;
import java.util.Optional;

/** Finds out what an object is, and has it read. */
final class ObjectDecoder {
    private ObjectDecoder() {}

    /** The object; empty for one that a proxy has no use for. */
    static Optional<ClusterObject> decode(Tree object) throws RefusedException {
        final Optional<Resource> resource = resource(object);
        return resource.isEmpty() ? Optional.empty() : resource.get().decode(Field.root(object));
    }

    static Optional<Resource> resource(Tree object) throws RefusedException {
        final Field root = Field.root(object);
        final String kind = root.get("kind").requiredText();
        return Resource.of(root.get("apiVersion").requiredText(), kind);
    }

    /** {@code Service shop/web}, or as much of that as can be told. */
    static String describe(Tree object) {
        final String kind = textAt(object, "kind");
        final Tree metadata =
                object instanceof Tree.Mapping mapping ? mapping.fields().get("metadata") : null;
        final String name = metadata == null ? "" : textAt(metadata, "name");
        final String namespace = metadata == null ? "" : textAt(metadata, "namespace");
        return (kind.isEmpty() ? "object" : kind)
                + (name.isEmpty() ? " without a name" : " " + prefix(kind, namespace) + name);
    }

    private static String prefix(String kind, String namespace) {
        if (!namespace.isEmpty()) {
            return namespace + "/";
        }
        return kind.equals(Resource.NODE.kind) ? "" : "default/";
    }

    private static String textAt(Tree object, String key) {
        return object instanceof Tree.Mapping mapping && mapping.fields().get(key) instanceof Tree.Scalar scalar
                ? Quoted.plain(scalar.text())
                : "";
    }
}
