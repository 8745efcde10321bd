package io.pointsman.kubernetes.yaml;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.kubernetes.yaml.Tokens.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds values from tokens, within limits. A fault of one object only, such as a duplicate key, is a flaw: it is kept until
 * {@link #takeFlaw}, and reading goes on. Not thread-safe.
 */
public final class TreeReader {
    private static final String MERGE_KEY = "<<";

    /** An anchored value and the number of values in it. */
    private record Anchored(Tree tree, int values) {}

    private final Tokens tokens;
    private final ManifestLimits limits;
    private final Set<String> skippedKeys;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private final Set<String> openAnchors = new HashSet<>();
    private int values;
    private int aliasedValues;
    private @Nullable RefusedException flaw;

    public TreeReader(Tokens tokens, ManifestLimits limits) {
        this(tokens, limits, Set.of());
    }

    /** @param skippedKeys keys that are skipped anywhere below an object's own keys; for JSON only */
    public TreeReader(Tokens tokens, ManifestLimits limits, Set<String> skippedKeys) {
        this.tokens = tokens;
        this.limits = limits;
        this.skippedKeys = skippedKeys;
    }

    /** Forgets the anchors, which are valid in one document only. */
    public void startDocument() {
        anchors.clear();
        aliasedValues = 0;
        values = 0;
        flaw = null;
    }

    /** Starts counting the values of the next object. */
    public void startObject() {
        values = 0;
    }

    /** Returns the first flaw since the last call; null for none. */
    @Nullable
    public RefusedException takeFlaw() {
        final RefusedException taken = flaw;
        flaw = null;
        return taken;
    }

    /** Reads the value that starts with this token, at this depth. */
    public Tree read(Token start, int depth) throws UnreadableException {
        if (depth > limits.depth()) {
            throw new UnreadableException(
                    tokens.line(), "more than " + limits.depth() + " lists and objects inside one another");
        }
        noteFlaw();
        final int valuesBefore = values;
        count(1);
        final String anchor = tokens.anchor();
        if (anchor != null) {
            openAnchors.add(anchor);
        }
        final Tree tree =
                switch (start) {
                    case SCALAR -> new Tree.Scalar(tokens.line(), tokens.type(), tokens.text());
                    case ALIAS -> alias();
                    case SEQUENCE_START -> sequence(depth);
                    case MAPPING_START -> mapping(depth);
                    case SEQUENCE_END, MAPPING_END -> throw new IllegalStateException(start + " starts no value");
                };
        if (anchor != null) {
            openAnchors.remove(anchor);
            countAliased(values - valuesBefore);
            anchors.put(anchor, new Anchored(tree, values - valuesBefore));
        }
        return tree;
    }

    private Tree.Sequence sequence(int depth) throws UnreadableException {
        final int line = tokens.line();
        final List<Tree> items = new ArrayList<>();
        for (Token token = tokens.next(); token != Token.SEQUENCE_END; token = tokens.next()) {
            items.add(read(token, depth + 1));
        }
        return new Tree.Sequence(line, items);
    }

    private Tree.Mapping mapping(int depth) throws UnreadableException {
        final int line = tokens.line();
        final Map<String, Tree> fields = new LinkedHashMap<>();
        for (Token token = tokens.next(); token != Token.MAPPING_END; token = tokens.next()) {
            final String key = readKey(token, depth + 1);
            final Token start = tokens.next();
            if (skippedKeys.contains(key)) {
                tokens.skipRest(start);
            } else {
                put(fields, key, read(start, depth + 1));
            }
        }
        merge(fields);
        return new Tree.Mapping(line, fields);
    }

    /** Reads a key's text; numbers and booleans become text, as in kubectl. */
    public String readKey(Token token, int depth) throws UnreadableException {
        final Tree key = read(token, depth);
        if (key instanceof Tree.Scalar scalar) {
            return scalar.text();
        }
        refuse(key.line(), "a list or an object as a key is not allowed");
        return "";
    }

    public void put(Map<String, Tree> fields, String key, Tree value) {
        final Tree before = fields.putIfAbsent(key, value);
        if (before != null) {
            refuse(value.line(), "the key " + Quoted.of(key) + " is given twice, first in line " + before.line());
        }
    }

    /** Applies YAML 1.1's merge key, as kubectl does: adds fields of another object that this one does not have. */
    private void merge(Map<String, Tree> fields) {
        final Tree merged = fields.remove(MERGE_KEY);
        switch (merged) {
            case null -> {}
            case Tree.Mapping mapping -> mapping.fields().forEach(fields::putIfAbsent);
            case Tree.Sequence _, Tree.Scalar _ -> refuse(merged.line(), "\"<<\" takes one object, nothing else");
        }
    }

    private Tree alias() throws UnreadableException {
        final String name = tokens.text();
        final Anchored anchored = anchors.get(name);
        if (anchored != null && !openAnchors.contains(name)) {
            count(anchored.values());
            countAliased(anchored.values());
            return anchored.tree();
        }
        throw new UnreadableException(
                tokens.line(),
                openAnchors.contains(name)
                        ? "the alias *" + Quoted.plain(name) + " stands inside its own anchor"
                        : "the alias *" + Quoted.plain(name) + " has no anchor before it");
    }

    private void noteFlaw() {
        final String found = tokens.flaw();
        if (found != null) {
            refuse(tokens.line(), found);
        }
    }

    private void refuse(int line, String reason) {
        if (flaw == null) {
            flaw = new RefusedException(line, reason);
        }
    }

    private void count(int more) throws UnreadableException {
        values += more; // no overflow: both terms are at most a limit plus one
        if (values > limits.valuesPerObject()) {
            throw new UnreadableException(
                    tokens.line(), "one object of more than " + limits.valuesPerObject() + " values; split the file");
        }
    }

    private void countAliased(int more) throws UnreadableException {
        aliasedValues += more;
        if (aliasedValues > limits.aliasedValues()) {
            throw new UnreadableException(
                    tokens.line(),
                    "anchors and aliases that stand for more than " + limits.aliasedValues()
                            + " values; write them out");
        }
    }
}
