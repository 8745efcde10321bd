package io.pointsman.spi.iptables.render;

import io.pointsman.plan.Frontend;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Frontends that share {@link #level} leading digits: either a bucket, or children by the next digit. */
final class DispatchNode {
    private static final Comparator<Entry> ORDER = Comparator.comparing(Entry::frontend, DispatchKey.ORDER);

    /** Frontend with its rules. */
    record Entry(Frontend frontend, String rules) {}

    /** Number of frontends above which a node gets children. */
    private final int bucketSize;

    final int level;
    int count;
    boolean dirty = true;
    /** Name of the node's chain; null if it has none of its own. */
    @Nullable
    String name;
    /** Number of links from the root to that chain. */
    int depth;

    /** Children by digit; null for a bucket. */
    @Nullable
    DispatchNode @Nullable [] children;

    /** Frontends in order; empty if there are children. */
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

    /** Removes a frontend, and adds the chains that end with it to {@code dropped}. */
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

    /** Drops the chains of all nodes below this one. */
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

    /** Returns the child that holds all frontends; null if several do, or for a bucket. */
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

    /** Returns the first node from here down that has several children, or is a bucket. */
    DispatchNode target() {
        DispatchNode node = this;
        DispatchNode only = onlyChild();
        while (only != null) {
            node = only;
            only = node.onlyChild();
        }
        return node;
    }

    /** Returns any frontend of this node, which must not be empty. */
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
