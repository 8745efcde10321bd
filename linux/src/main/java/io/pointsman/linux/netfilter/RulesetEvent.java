package io.pointsman.linux.netfilter;

import io.pointsman.model.IpFamily;
import java.util.Optional;

/**
 * Something that was done to nf_tables. Those of one transaction come in a row, {@link Kind#COMMIT} last.
 *
 * @param family of the table; empty for {@link Kind#COMMIT} and for tables of other families
 * @param table its name; empty for {@link Kind#COMMIT}
 * @param chain its name, of rules that of theirs; empty where it is not about one
 * @param set name of a set or map, of elements that of theirs, or of a counter; empty where it is not about one
 * @param port netlink port of the program that did it: its process id, as a rule, in its own namespace of such
 * @param generation of {@link Kind#COMMIT}: its number, as {@link Ruleset#generation}; else 0
 */
public record RulesetEvent(
        Kind kind, Optional<IpFamily> family, String table, String chain, String set, int port, int generation) {
    /** What was done. */
    public enum Kind {
        /** Or its flags were changed. */
        TABLE_ADDED,
        TABLE_DELETED,
        /** Or its policy was changed. */
        CHAIN_ADDED,
        CHAIN_DELETED,
        RULE_ADDED,
        RULE_DELETED,
        SET_ADDED,
        SET_DELETED,
        ELEMENT_ADDED,
        /** Also by its own timeout. */
        ELEMENT_DELETED,
        COUNTER_ADDED,
        COUNTER_DELETED,
        /** The transaction is in force. */
        COMMIT
    }
}
