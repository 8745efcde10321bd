package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.ChainTexts;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Frontend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tree of chains that finds a packet's frontend with few rules. Each chain either lists a few frontends or dispatches by the
 * next two bits in which its frontends differ.
 *
 * <p>Its shape depends on the frontends only, not on the order of changes. A change affects the chains on one path;
 * {@link #flush} renders those. Not thread-safe.
 */
final class DispatchTree {
    /**
     * Maximum number of links from the root; below comes a flat list of any length. nf_tables refuses a path of more than 16
     * chains (NFT_JUMP_STACK_SIZE in include/net/netfilter/nf_tables.h), and users who may choose external addresses could
     * force such a path.
     */
    static final int MAX_DEPTH = 7;

    private final String rootName;
    private final int digits;
    private final ChainTexts sink;
    private final List<String> dropped = new ArrayList<>();
    private final DispatchNode root;
    private boolean rendered;

    /** @param bucketSize maximum number of frontends that a chain lists, 1 and up */
    DispatchTree(String rootName, IpFamily family, int bucketSize, ChainTexts sink) {
        this.rootName = rootName;
        this.digits = DispatchKey.digits(family);
        this.sink = sink;
        this.root = new DispatchNode(0, bucketSize);
    }

    /** Sets the rules of a frontend, each with its match and target, ending in a line feed. */
    void put(Frontend frontend, String rules) {
        root.put(new DispatchNode.Entry(frontend, rules), digits);
    }

    void remove(Frontend frontend) {
        root.remove(frontend, dropped);
    }

    /** Renders the changes since the last call. */
    void flush() {
        if (rendered && !root.dirty) {
            return;
        }
        dropped.forEach(sink::remove);
        dropped.clear();
        render(rootName, root, 0);
        rendered = true;
    }

    private void render(String name, DispatchNode start, int depth) {
        DispatchNode node = start;
        DispatchNode only = node.onlyChild();
        while (only != null) {
            if (node != start) {
                unname(node);
            }
            node.dirty = false;
            node = only;
            only = node.onlyChild();
        }
        if (node != start) {
            unname(node); // its rules move into the chain of start
        }
        node.dirty = false;
        final StringBuilder text = new StringBuilder();
        if (node.children == null || depth == MAX_DEPTH) {
            node.forEachEntry(entry -> text.append(entry.rules()));
            node.unnameBelow(sink::remove);
        } else {
            for (DispatchNode child : node.children) {
                if (child != null) {
                    text.append(link(child, depth + 1));
                }
            }
        }
        sink.put(name, text.toString());
    }

    private String link(DispatchNode child, int depth) {
        final DispatchNode target = child.target();
        final Frontend any = target.anyFrontend();
        final String name = DispatchKey.chainName(rootName, any, target.level);
        if (child.dirty || !name.equals(target.name) || target.depth != depth) {
            for (DispatchNode skipped = child; skipped != target; ) {
                unname(skipped);
                skipped.dirty = false;
                skipped = skipped.onlyChildOrSelf();
            }
            target.name = name;
            target.depth = depth;
            render(name, target, depth);
        }
        return DispatchKey.match(any, target.level) + "-g " + name + "\n";
    }

    private void unname(DispatchNode node) {
        final @Nullable String name = node.name;
        if (name != null) {
            sink.remove(name);
            node.name = null;
        }
    }
}
