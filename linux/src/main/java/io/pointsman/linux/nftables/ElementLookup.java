package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks up elements of one set or map by their keys. Used once. */
final class ElementLookup {
    private static final int FIXED_BYTES = 4; // nfgenmsg
    /**
     * Most keys in a request. Each is answered in a message of its own, and all must fit into a receive buffer of the
     * default size.
     */
    private static final int MAX_KEYS = 200;

    private static final int LIST_BYTES = 16 << 10;

    private final NetlinkSocket socket;
    private final TableId table;
    private final NamedSet set;
    private final RequestBuffer list = new RequestBuffer(LIST_BYTES);
    private final AnswerTemplate template = new AnswerTemplate();
    /** Number of keys that were answered, or skipped by an answer to a later one. */
    private int told;

    private int present;

    ElementLookup(NetlinkSocket socket, TableId table, NamedSet set) {
        this.socket = socket;
        this.table = table;
        this.set = set;
    }

    /**
     * Receives the element asked for and the one present under its key: the same object if they are equal, null if there is
     * none.
     */
    interface Finding {
        void found(Element asked, @Nullable Element there);
    }

    /** Looks up all keys and reports each in order; returns the number of elements present. */
    int each(List<Element> keys, Finding finding) throws KernelException {
        final String tried = "looking up elements of " + set.name() + " of table " + table;
        for (int next = 0; next < keys.size(); ) {
            final int before = present;
            final List<Element> some = keys.subList(next, Math.min(keys.size(), next + MAX_KEYS));
            try {
                ask(some);
                socket.queryEach(tried, message -> take(message.attributes(FIXED_BYTES), keys, finding));
                next += some.size();
            } catch (KernelException e) {
                if (!e.is(Errno.ENOENT) || present - before == some.size()) {
                    throw e;
                }
                next += present - before + 1; // the kernel stops at the first that is absent
            }
        }
        while (told < keys.size()) {
            finding.found(keys.get(told++), null);
        }
        return present;
    }

    private void ask(List<Element> keys) {
        list.clear();
        for (Element element : keys) {
            final int one = list.beginNested(Nfta.LIST_ELEM);
            final int key = list.beginNested(ElementWriter.KEY);
            list.octets(Nfta.DATA_VALUE, element.packed(), 0, element.keyBytes());
            list.endNested(key);
            list.endNested(one);
        }
        socket.request(Nfta.GETSETELEM, 0)
                .u8(AddressFamily.number(table.family()))
                .u8(0)
                .u16(0)
                .attributeText(ElementWriter.LIST_TABLE, table.name())
                .attributeText(ElementWriter.LIST_SET, set.name())
                .attributeNested(ElementWriter.LIST_ELEMENTS, list.array(), list.length());
    }

    private void take(Attributes answered, List<Element> keys, Finding finding) {
        if (told < keys.size() && template.isSurely(answered, keys.get(told))) {
            final Element asked = keys.get(told++);
            present++;
            finding.found(asked, asked);
            return;
        }
        ElementReader.forEach(answered, one -> {
            present++;
            while (!ElementReader.hasKey(one, keys.get(told))) {
                finding.found(keys.get(told++), null);
            }
            final Element asked = keys.get(told++);
            final Element read = ElementReader.element(one);
            if (asked.equals(read)) {
                template.learn(answered, one, asked);
                finding.found(asked, asked);
            } else {
                finding.found(asked, read);
            }
        });
    }
}
