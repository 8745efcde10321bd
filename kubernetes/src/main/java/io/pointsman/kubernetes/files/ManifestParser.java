package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.kubernetes.decode.Field;
import io.pointsman.kubernetes.decode.ObjectDecoder;
import io.pointsman.kubernetes.yaml.JsonTokens;
import io.pointsman.kubernetes.yaml.Tokens;
import io.pointsman.kubernetes.yaml.Tokens.Token;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.kubernetes.yaml.TreeReader;
import io.pointsman.kubernetes.yaml.YamlTokens;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a manifest object by object: documents of YAML or JSON, each an object or a list as {@code kubectl get -o yaml}
 * prints it. Holds the values of at most one object at a time. Not thread-safe.
 */
public final class ManifestParser {
    private static final String LIST_SUFFIX = "List";
    private static final String ITEMS = "items";

    /** An item that does not state its kind, and its flaw. */
    private record ListItem(Tree.Mapping object, @Nullable RefusedException flaw) {}

    private final String file;
    private final ManifestLimits limits;
    private final Tokens tokens;
    private final TreeReader reader;
    private final ManifestReport collector;
    private int objectDocuments;
    private @Nullable UnreadableException otherDocument;

    private ManifestParser(Tokens tokens, String file, ManifestLimits limits) {
        this.file = file;
        this.limits = limits;
        this.tokens = tokens;
        reader = new TreeReader(tokens, limits);
        collector = new ManifestReport(file, limits);
    }

    /**
     * Parses a file's bytes: JSON if its name ends in {@code .json}, else YAML.
     *
     * @throws UnreadableException if the file as a whole can't be read; an invalid object is a problem in the result
     */
    public static Manifest parse(String file, byte[] bytes, ManifestLimits limits) throws UnreadableException {
        final boolean json = file.toLowerCase(Locale.ROOT).endsWith(".json");
        final ManifestParser parser =
                new ManifestParser(json ? new JsonTokens(bytes) : new YamlTokens(bytes), file, limits);
        while (parser.tokens.nextDocument()) {
            parser.document();
        }
        if (parser.otherDocument != null && parser.objectDocuments == 0) {
            throw parser.otherDocument; // some other kind of file
        }
        return parser.collector.finish();
    }

    private void document() throws UnreadableException {
        reader.startDocument();
        final Token start = tokens.next();
        if (start == Token.MAPPING_START) {
            objectDocuments++;
            mapping();
        } else if (start != Token.SCALAR || tokens.type() != Tree.Type.NULL) {
            final int line = tokens.line();
            final String reason = "a Kubernetes object is needed here: apiVersion, kind, metadata …; found "
                    + (start == Token.SCALAR ? Quoted.of(tokens.text()) : "a list");
            if (otherDocument == null) {
                otherDocument = new UnreadableException(line, reason);
            }
            reader.read(start, 1);
            reader.takeFlaw();
            collector.add(new Outcome.Refused(null, "document", line, reason));
        }
    }

    private void mapping() throws UnreadableException {
        final int line = tokens.line();
        final Map<String, Tree> fields = new LinkedHashMap<>();
        final Tree.Mapping object = new Tree.Mapping(line, fields);
        ManifestReport found = null;
        List<ListItem> withoutKind = List.of();
        for (Token token = tokens.next(); token != Token.MAPPING_END; token = tokens.next()) {
            final String key = reader.readKey(token, 1);
            final Token start = tokens.next();
            if (key.equals(ITEMS) && start == Token.SEQUENCE_START && found == null && mayBeList(object)) {
                found = new ManifestReport(file, limits);
                reader.put(fields, key, new Tree.Sequence(tokens.line(), List.of()));
                withoutKind = items(found);
            } else {
                reader.put(fields, key, reader.read(start, 1));
            }
        }
        final RefusedException flaw = reader.takeFlaw();
        if (found == null || !isList(object)) {
            collector.add(outcome(object, flaw));
            return;
        }
        collector.addAll(found);
        if (flaw != null) {
            collector.add(refused(object, flaw));
        }
        for (ListItem item : withoutKind) {
            inheritKind(item.object(), object);
            addItem(item.object(), item.flaw(), collector);
        }
    }

    /** Reads the items of an object that is, or may be, a list; returns those whose kind only the list states. */
    private List<ListItem> items(ManifestReport found) throws UnreadableException {
        final List<ListItem> withoutKind = new ArrayList<>();
        for (Token token = tokens.next(); token != Token.SEQUENCE_END; token = tokens.next()) {
            final Tree item = reader.read(token, 2);
            if (item instanceof Tree.Mapping mapping && !mapping.fields().containsKey("kind")) {
                // as in the API's own answers, whose lists are of one kind
                withoutKind.add(new ListItem(mapping, reader.takeFlaw()));
            } else {
                addItem(item, reader.takeFlaw(), found);
                if (withoutKind.isEmpty()) {
                    reader.startObject();
                }
            }
        }
        return withoutKind;
    }

    /** Adds one item of a list, or the items of a list within the list. */
    private static void addItem(Tree item, @Nullable RefusedException flaw, ManifestReport found)
            throws UnreadableException {
        if (item instanceof Tree.Mapping list
                && isList(list)
                && list.fields().get(ITEMS) instanceof Tree.Sequence items
                && flaw == null) {
            for (Tree inner : items.items()) {
                if (inner instanceof Tree.Mapping mapping && !mapping.fields().containsKey("kind")) {
                    inheritKind(mapping, list);
                }
                addItem(inner, null, found);
            }
        } else {
            found.add(outcome(item, flaw));
        }
    }

    private static boolean mayBeList(Tree.Mapping object) {
        return !object.fields().containsKey("kind") || isList(object);
    }

    private static boolean isList(Tree.Mapping object) {
        return ObjectDecoder.textAt(object, "kind").endsWith(LIST_SUFFIX);
    }

    private static void inheritKind(Tree.Mapping item, Tree.Mapping list) {
        final String kind = ObjectDecoder.textAt(list, "kind");
        final String itemKind = kind.substring(0, kind.length() - LIST_SUFFIX.length());
        if (!itemKind.isEmpty()) {
            item.fields().put("kind", new Tree.Scalar(item.line(), Tree.Type.STRING, itemKind));
            item.fields()
                    .putIfAbsent(
                            "apiVersion",
                            new Tree.Scalar(item.line(), Tree.Type.STRING, ObjectDecoder.textAt(list, "apiVersion")));
        }
    }

    private static Outcome outcome(Tree object, @Nullable RefusedException flaw) {
        try {
            if (ObjectDecoder.resource(object).isEmpty()) {
                return new Outcome.Ignored(Quoted.plain(
                        ObjectDecoder.textAt(object, "apiVersion") + " " + ObjectDecoder.textAt(object, "kind")));
            }
            if (flaw != null) {
                throw flaw;
            }
            final Optional<ClusterObject> decoded = ObjectDecoder.decode(object);
            if (decoded.isEmpty()) {
                return new Outcome.Useless();
            }
            if (decoded.get() instanceof Service service) {
                requireClusterIp(service, Field.root(object).get("spec"));
                final StaleFields cleared = StaleFields.of(service);
                return new Outcome.Taken(cleared.service(), object.line(), cleared.warning());
            }
            return new Outcome.Taken(decoded.get(), object.line(), Optional.empty());
        } catch (RefusedException e) {
            return refused(object, e);
        }
    }

    /**
     * Refuses a Service without a cluster IP, written for an API server, which would assign one; it would not be served
     * here.
     */
    private static void requireClusterIp(Service service, Field spec) throws RefusedException {
        if (service.type() != ServiceType.EXTERNAL_NAME
                && spec.get("clusterIP").text("").isEmpty()
                && spec.get("clusterIPs").items().isEmpty()) {
            throw spec.get("clusterIP")
                    .refused("is missing: without an API server none is assigned; give an address, or None for a"
                            + " headless Service");
        }
    }

    private static Outcome refused(Tree object, RefusedException e) {
        return new Outcome.Refused(
                ObjectDecoder.key(object),
                ObjectDecoder.describe(object),
                e.line() > 0 ? e.line() : object.line(),
                String.valueOf(e.getMessage()));
    }
}
