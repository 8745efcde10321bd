package io.pointsman.spi.iptables.render;

import io.pointsman.plan.Frontend;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All frontends that share {@link #level} leading digits: a bucket of few, or children by the next digit. */
final class DispatchNode {
    private static final Comparator<Entry> ORDER = Comparator.comparing(Entry::frontend, DispatchKey.ORDER);

    /** A frontend and its rules. */
    record Entry(Frontend frontend, String rules) {}

    /** More frontends than this are spread over children. */
    private final int bucketSize;

    final int level;
    int count;
    boolean dirty = true;
    /** Its chain, while it has one of its own. */
    @Nullable
    String name;
    /** Links from the root to that chain. */
    int depth;

    /** By digit; null for a bucket. */
    @Nullable
    DispatchNode @Nullable [] children;

    /** In order; empty where there are children. */
    private List<Entry> bucket = new ArrayList<>();

    DispatchNode(int level, int bucketSize) {
        this.level = level;
        this.bucketSize = bucketSize;
    }

    void put(Entry entry, int digits) {
        dirty = true;
        if (children != null) {
            final DispatchNode child = childFor(entry.frontend(), children);
            count -= child.count;
            child.put(entry, digits);
            count += child.count;
            return;
        }
        final int place = Collections.binarySearch(bucket, entry, ORDER);
        if (place >= 0) {
            bucket.set(place, entry);
            return;
        }
        bucket.add(-place - 1, entry);
        count++;
        if (count > bucketSize && level < digits) {
            final List<Entry> entries = bucket;
            bucket = new ArrayList<>();
            children = new DispatchNode[DispatchKey.RADIX];
            for (Entry each : entries) {
                childFor(each.frontend(), children).put(each, digits);
            }
        }
    }

    private DispatchNode childFor(Frontend frontend, @Nullable DispatchNode[] among) {
        final int digit = DispatchKey.digit(frontend, level);
        DispatchNode child = among[digit];
        if (child == null) {
            child = new DispatchNode(level + 1, bucketSize);
            among[digit] = child;
        }
        return child;
    }

    /** Chains that end with it are added to {@code dropped}. */
    void remove(Frontend frontend, List<String> dropped) {
        if (children == null) {
            if (bucket.removeIf(entry -> entry.frontend().equals(frontend))) {
                dirty = true;
                count--;
            }
            return;
        }
        final int digit = DispatchKey.digit(frontend, level);
        final DispatchNode child = children[digit];
        if (child == null) {
            return;
        }
        final int before = child.count;
        child.remove(frontend, dropped);
        if (child.count == before) {
            return;
        }
        dirty = true;
        count--;
        if (child.count == 0) {
            children[digit] = null;
            if (child.name != null) {
                dropped.add(child.name);
            }
        }
        if (count <= bucketSize) {
            unnameBelow(dropped::add);
            final List<Entry> rest = new ArrayList<>(count);
            forEachEntry(rest::add);
            bucket = rest;
            children = null;
        }
    }

    /** Takes their chains from all below. */
    void unnameBelow(Consumer<String> dropped) {
        if (children == null) {
            return;
        }
        for (DispatchNode child : children) {
            if (child != null) {
                if (child.name != null) {
                    dropped.accept(child.name);
                    child.name = null;
                }
                child.unnameBelow(dropped);
            }
        }
    }

    void forEachEntry(Consumer<Entry> consumer) {
        bucket.forEach(consumer);
        if (children != null) {
            for (DispatchNode child : children) {
                if (child != null) {
                    child.forEachEntry(consumer);
                }
            }
        }
    }

    /** The child that holds everything; null where frontends part ways here, or for a bucket. */
    @Nullable
    DispatchNode onlyChild() {
        if (children == null) {
            return null;
        }
        DispatchNode only = null;
        for (DispatchNode child : children) {
            if (child != null) {
                if (only != null) {
                    return null;
                }
                only = child;
            }
        }
        return only;
    }

    DispatchNode onlyChildOrSelf() {
        final DispatchNode only = onlyChild();
        return only == null ? this : only;
    }

    /** The first at or below it where frontends part ways. */
    DispatchNode target() {
        DispatchNode node = this;
        DispatchNode only = onlyChild();
        while (only != null) {
            node = only;
            only = node.onlyChild();
        }
        return node;
    }

    /** One of its frontends, of which there are some. */
    Frontend anyFrontend() {
        DispatchNode node = this;
        while (node.children != null) {
            DispatchNode next = null;
            for (DispatchNode child : node.children) {
                next = next == null ? child : next;
            }
            if (next == null) {
                throw new IllegalStateException("a node without frontends at level " + node.level);
            }
            node = next;
        }
        return node.bucket.getFirst().frontend();
    }
}
