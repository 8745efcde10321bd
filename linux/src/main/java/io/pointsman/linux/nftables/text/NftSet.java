package io.pointsman.linux.nftables.text;

import java.util.Objects;

/**
 * A set or map of a table.
 *
 * @param tableFamily {@code inet}, {@code ip}, {@code bridge} …
 * @param table its name
 * @param form {@code set} or {@code map}
 * @param type as declared, with flags: {@code ipv4_addr . inet_service; flags interval}
 */
public record NftSet(String tableFamily, String table, String form, String name, String type) {
    public NftSet {
        Objects.requireNonNull(tableFamily, "tableFamily");
        Objects.requireNonNull(table, "table");
        Objects.requireNonNull(form, "form");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
    }

    /** Returns {@code inet my_table my_set}. */
    public String path() {
        return tableFamily + " " + table + " " + name;
    }

    /** Returns a line for the body of the table. */
    public String declaration() {
        return form + " " + name + " { type " + type + "; }\n";
    }
}
