package io.pointsman.kubernetes.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.kubernetes.decode.Field;
import io.pointsman.kubernetes.decode.ObjectDecoder;
import io.pointsman.kubernetes.decode.Resource;
import io.pointsman.kubernetes.yaml.JsonTokens;
import io.pointsman.kubernetes.yaml.Tokens.Token;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.kubernetes.yaml.TreeReader;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an API server's response to a list or a watch of one kind, object by object as the bytes arrive; it holds at most
 * one object's values. An invalid object is an item like others; an invalid response or a broken stream is an {@link
 * IOException}. Not thread-safe.
 */
public final class ApiReader {
    /** Far above the 1.5 MiB that the API server's store takes, as base64 and escapes make text longer. */
    private static final int MAX_EVENT_BYTES = 32 << 20;

    private static final String ITEMS = "items";
    private static final String INITIAL_EVENTS_END = "k8s.io/initial-events-end";

    /** Fields not read here: half of every object by length. */
    private static final Set<String> SKIPPED = Set.of("managedFields");

    /** Fields of Nodes not read here; a Node's list of images alone may be longer than all the rest. */
    private static final Set<String> SKIPPED_OF_NODES =
            Set.of("managedFields", "images", "conditions", "nodeInfo", "capacity", "allocatable", "volumesAttached");

    private final InputStream body;
    private final BoundedStream events;
    private final @Nullable Resource resource;
    private @Nullable JsonTokens tokens;
    private @Nullable TreeReader reader;

    private ApiReader(InputStream body, @Nullable Resource resource) {
        this.body = body;
        events = new BoundedStream(body, MAX_EVENT_BYTES);
        this.resource = resource;
    }

    private Set<String> skipped() {
        return resource == Resource.NODE ? SKIPPED_OF_NODES : SKIPPED;
    }

    private static IOException failure(UnreadableException e) {
        if (e.getCause() instanceof IOException cause && !(cause instanceof JsonProcessingException)) {
            return cause;
        }
        return new MalformedAnswerException(String.valueOf(e.getMessage()), e);
    }

    /** Creates a reader for objects of one kind. */
    public static ApiReader of(InputStream body, ClusterObject.Kind kind) {
        return new ApiReader(body, Resource.of(kind));
    }

    /** Creates a reader for a list whose items state their own kinds. */
    public static ApiReader ofAnyKind(InputStream body) {
        return new ApiReader(body, null);
    }

    /**
     * Reads a list, or one page of it.
     *
     * @param maxBytes largest length to read
     * @throws MalformedAnswerException if it is not such a list; items already passed on are invalid then
     * @throws IOException if the stream breaks
     */
    public ApiPage page(long maxBytes, Consumer<ApiItem> items) throws IOException {
        try {
            final JsonTokens json = new JsonTokens(new BoundedStream(body, maxBytes));
            final TreeReader trees = new TreeReader(json, ManifestLimits.DEFAULT, skipped());
            if (!json.nextDocument() || json.next() != Token.MAPPING_START) {
                throw new MalformedAnswerException("no list");
            }
            final Map<String, Tree> fields = new LinkedHashMap<>();
            for (Token token = json.next(); token != Token.MAPPING_END; token = json.next()) {
                final String key = trees.readKey(token, 1);
                final Token start = json.next();
                if (key.equals(ITEMS) && start == Token.SEQUENCE_START) {
                    readItems(json, trees, items);
                } else {
                    trees.put(fields, key, trees.read(start, 1));
                }
            }
            return page(new Tree.Mapping(0, fields));
        } catch (UnreadableException e) {
            throw failure(e);
        }
    }

    private void readItems(JsonTokens json, TreeReader trees, Consumer<ApiItem> items)
            throws UnreadableException, MalformedAnswerException {
        for (Token token = json.next(); token != Token.SEQUENCE_END; token = json.next()) {
            trees.startObject();
            if (token != Token.MAPPING_START) {
                throw new MalformedAnswerException("a list with an item that is no object");
            }
            final Tree item = trees.read(token, 2);
            items.accept(item((Tree.Mapping) item, trees.takeFlaw()));
        }
    }

    private ApiPage page(Tree list) throws MalformedAnswerException {
        final String kind = ObjectDecoder.textAt(list, "kind");
        if (resource != null && !kind.equals(resource.kind + "List")) {
            throw new MalformedAnswerException(
                    "kind " + Quoted.of(kind) + " in place of " + Quoted.of(resource.kind + "List"));
        }
        try {
            final Field metadata = Field.root(list).get("metadata");
            return new ApiPage(
                    metadata.get("resourceVersion").text(""),
                    metadata.get("continue").text(""));
        } catch (RefusedException e) {
            throw new MalformedAnswerException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Waits for the next event of a watch; null once the server has ended the stream normally.
     *
     * @throws MalformedAnswerException if the text is not an event
     * @throws IOException if the stream breaks
     */
    public @Nullable ApiEvent nextEvent() throws IOException {
        try {
            if (tokens == null || reader == null) {
                tokens = new JsonTokens(events);
                reader = new TreeReader(tokens, ManifestLimits.DEFAULT, skipped());
            }
            if (!tokens.nextDocument()) {
                return null;
            }
            reader.startDocument();
            final Tree event = reader.read(tokens.next(), 1);
            events.renew();
            return event(event, reader.takeFlaw());
        } catch (UnreadableException e) {
            throw failure(e);
        }
    }

    /** Returns the length of the events so far, including bytes read ahead. */
    public long bytesRead() {
        return events.total();
    }

    private ApiEvent event(Tree event, @Nullable RefusedException flaw) throws MalformedAnswerException {
        final String type = ObjectDecoder.textAt(event, "type");
        if (!(event instanceof Tree.Mapping mapping)
                || !(mapping.fields().get("object") instanceof Tree.Mapping object)) {
            throw new MalformedAnswerException("an event without an object");
        }
        try {
            return switch (type) {
                case "ADDED", "MODIFIED" -> new ApiEvent.Put(item(object, flaw), version(object));
                case "DELETED" -> new ApiEvent.Delete(ObjectDecoder.key(named(object)), version(object));
                case "BOOKMARK" -> bookmark(object);
                case "ERROR" -> new ApiEvent.Failed(ApiStatus.of(object, 0));
                default -> throw new MalformedAnswerException("an event of type " + Quoted.of(type));
            };
        } catch (RefusedException e) {
            throw new MalformedAnswerException(String.valueOf(e.getMessage()), e);
        }
    }

    private static ApiEvent bookmark(Tree object) throws RefusedException {
        final Field annotations = Field.root(object).get("metadata").get("annotations");
        return new ApiEvent.Bookmark(
                version(object), annotations.get(INITIAL_EVENTS_END).text("").equals("true"));
    }

    private static String version(Tree object) throws RefusedException {
        return Field.root(object).get("metadata").get("resourceVersion").text("");
    }

    /** Adds kind and version to an item of a list, which states them only for the whole list. */
    private Tree.Mapping named(Tree.Mapping object) {
        if (resource != null) {
            object.fields().putIfAbsent("kind", new Tree.Scalar(0, Tree.Type.STRING, resource.kind));
            object.fields().putIfAbsent("apiVersion", new Tree.Scalar(0, Tree.Type.STRING, resource.apiVersion));
        }
        return object;
    }

    private ApiItem item(Tree.Mapping object, @Nullable RefusedException flaw) {
        final ObjectKey key = ObjectDecoder.key(named(object));
        final String what = ObjectDecoder.describe(object);
        try {
            if (flaw != null) {
                throw flaw;
            }
            if (key == null || (resource != null && key.kind() != resource.modelKind)) {
                return new ApiItem.Refused(null, what, "is not of a kind and name that was asked for");
            }
            final Optional<ClusterObject> decoded = ObjectDecoder.decode(object);
            return decoded.isPresent() ? new ApiItem.Taken(key, decoded.get()) : new ApiItem.Useless(key);
        } catch (RefusedException | IllegalArgumentException e) {
            return new ApiItem.Refused(key, what, String.valueOf(e.getMessage()));
        }
    }
}
