package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the kind of an object and decodes it. */
public final class ObjectDecoder {
    private ObjectDecoder() {}

    /** Decodes an object; empty for one that a proxy does not use. */
    public static Optional<ClusterObject> decode(Tree object) throws RefusedException {
        final Optional<Resource> resource = resource(object);
        return resource.isEmpty() ? Optional.empty() : resource.get().decode(Field.root(object));
    }

    /** Returns the resource of an object; empty for a kind that a proxy does not use. */
    public static Optional<Resource> resource(Tree object) throws RefusedException {
        final Field root = Field.root(object);
        final String kind = root.get("kind").requiredText();
        return Resource.of(root.get("apiVersion").requiredText(), kind);
    }

    /** Returns the object's key, even if the object is invalid; null if it has no usable kind and name. */
    public static @Nullable ObjectKey key(Tree object) {
        try {
            final Optional<Resource> resource = resource(object);
            return resource.isEmpty()
                    ? null
                    : new ObjectKey(resource.get().modelKind, resource.get().name(new Metadata(Field.root(object))));
        } catch (RefusedException _) {
            return null;
        }
    }

    /** Returns {@code Service shop/web}, or as much of that as is known. */
    public static String describe(Tree object) {
        final ObjectKey key = key(object);
        if (key != null) {
            return key.toString();
        }
        final String kind = textAt(object, "kind");
        return (kind.isEmpty() ? "object" : Quoted.plain(kind)) + " without a usable name";
    }

    /** Returns a field's text, empty if it has none. */
    public static String textAt(Tree object, String key) {
        return object instanceof Tree.Mapping mapping && mapping.fields().get(key) instanceof Tree.Scalar scalar
                ? scalar.text()
                : "";
    }
}
