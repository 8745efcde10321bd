package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out what an object is, and has it read. */
public final class ObjectDecoder {
    private ObjectDecoder() {}

    /** The object; empty for one that a proxy has no use for. */
    public static Optional<ClusterObject> decode(Tree object) throws RefusedException {
        final Optional<Resource> resource = resource(object);
        return resource.isEmpty() ? Optional.empty() : resource.get().decode(Field.root(object));
    }

    /** What it is; empty for anything else than a proxy acts on. */
    public static Optional<Resource> resource(Tree object) throws RefusedException {
        final Field root = Field.root(object);
        final String kind = root.get("kind").requiredText();
        return Resource.of(root.get("apiVersion").requiredText(), kind);
    }

    /** Which object it is, even if there is something wrong with it; null when that can't be told. */
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

    /** {@code Service shop/web}, or as much of that as can be told. */
    public static String describe(Tree object) {
        final ObjectKey key = key(object);
        if (key != null) {
            return key.toString();
        }
        final String kind = textAt(object, "kind");
        return (kind.isEmpty() ? "object" : Quoted.plain(kind)) + " without a usable name";
    }

    /** A field's text, empty when it has none. */
    public static String textAt(Tree object, String key) {
        return object instanceof Tree.Mapping mapping && mapping.fields().get(key) instanceof Tree.Scalar scalar
                ? scalar.text()
                : "";
    }
}
