package io.pointsman.linux.nftables.text;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;

/**
 * An element of a set or map.
 *
 * @param key parts joined by {@code " . "}
 * @param value empty in a set
 */
public record NftElement(NftSet set, String key, String value) {
    private static final int MAX_PER_STATEMENT = 500;

    public NftElement {
        Objects.requireNonNull(set, "set");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
    }

    /** Returns a key of type {@code ADDRESS . inet_proto . inet_service}. */
    public static String key(Protocol protocol, IpAddress address, int port) {
        return address + " . " + protocol.name().toLowerCase(Locale.ROOT) + " . " + port;
    }

    /** Returns the element as it stands between braces. */
    public String text() {
        return value.isEmpty() ? key : key + " : " + value;
    }

    /** Statements that delete elements, then add others; at most {@value #MAX_PER_STATEMENT} in each. */
    public static String change(Collection<NftElement> removed, Collection<NftElement> added) {
        final StringBuilder text = new StringBuilder();
        statements(text, "delete", removed);
        statements(text, "add", added);
        return text.toString();
    }

    private static void statements(StringBuilder text, String verb, Collection<NftElement> elements) {
        final TreeMap<String, List<NftElement>> bySet = new TreeMap<>();
        for (NftElement element : elements) {
            bySet.computeIfAbsent(element.set().path(), _ -> new ArrayList<>()).add(element);
        }
        bySet.forEach((path, all) -> {
            for (int from = 0; from < all.size(); from += MAX_PER_STATEMENT) {
                final List<NftElement> some = all.subList(from, Math.min(from + MAX_PER_STATEMENT, all.size()));
                text.append(verb + " element " + path + " { ")
                        .append(list(some.stream().map(NftElement::text).toList()))
                        .append(" }\n");
            }
        });
    }

    /** Joins elements with commas, as between braces. */
    public static String list(Collection<?> elements) {
        return String.join(", ", elements.stream().map(Object::toString).toList());
    }

    /** Removes ranges that lie within others: sets with intervals accept no two that overlap. */
    public static List<Cidr> outermost(Collection<Cidr> ranges) {
        return ranges.stream()
                .distinct()
                .filter(one -> ranges.stream()
                        .noneMatch(other -> other.prefixLength() < one.prefixLength() && other.contains(one.address())))
                .toList();
    }
}
