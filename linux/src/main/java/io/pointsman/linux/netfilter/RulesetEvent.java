package io.pointsman.linux.netfilter;

import io.pointsman.linux.netlink.Attributes;
import io.pointsman.model.IpFamily;
import java.util.Arrays;
import java.util.Optional;

/**
 * Something that was done to nf_tables. Those of one transaction come in a row, {@link Kind#COMMIT} last.
 *
 * @param family of the table; empty for {@link Kind#COMMIT} and for tables of other families
 * @param table its name; empty for {@link Kind#COMMIT}
 * @param chain its name, of rules that of theirs; empty where it is not about one
 * @param set name of a set or map, of elements that of theirs, of a counter or a flowtable; empty where it is not about one
 * @param port netlink port of the program that did it: its process id, as a rule, in its own namespace of such
 * @param generation of {@link Kind#COMMIT}: its number, as {@link Ruleset#generation}; else 0
 */
public record RulesetEvent(
        Kind kind, Optional<IpFamily> family, String table, String chain, String set, int port, int generation) {
    private static final int CHAIN_NAME = 3;
    private static final int RULE_CHAIN = 2;
    private static final int SET_NAME = 2; // of sets, their elements, objects and flowtables alike

    /** What was done: the type of its message, and which attributes name a chain and a set. */
    public enum Kind {
        /** Or its flags were changed. */
        TABLE_ADDED(0, 0, 0),
        TABLE_DELETED(2, 0, 0),
        /** Or its policy was changed. */
        CHAIN_ADDED(3, CHAIN_NAME, 0),
        CHAIN_DELETED(5, CHAIN_NAME, 0),
        RULE_ADDED(6, RULE_CHAIN, 0),
        RULE_DELETED(8, RULE_CHAIN, 0),
        SET_ADDED(9, 0, SET_NAME),
        SET_DELETED(11, 0, SET_NAME),
        ELEMENT_ADDED(12, 0, SET_NAME),
        /** Also by its own timeout. */
        ELEMENT_DELETED(14, 0, SET_NAME),
        COUNTER_ADDED(18, 0, SET_NAME),
        COUNTER_DELETED(20, 0, SET_NAME),
        /** Or interfaces were added to it. */
        FLOWTABLE_ADDED(22, 0, SET_NAME),
        /** Or interfaces were taken out of it. */
        FLOWTABLE_DELETED(24, 0, SET_NAME),
        /** The transaction is in force. */
        COMMIT(15, 0, 0);

        private final int type;
        private final int chainAttribute;
        private final int setAttribute;

        Kind(int type, int chainAttribute, int setAttribute) {
            this.type = type;
            this.chainAttribute = chainAttribute;
            this.setAttribute = setAttribute;
        }

        /** By the type of a message within nf_tables; empty for one that tells of nothing here. */
        static Optional<Kind> of(int type) {
            return Arrays.stream(values()).filter(kind -> kind.type == type).findFirst();
        }

        String chain(Attributes attributes) {
            return chainAttribute == 0 ? "" : attributes.text(chainAttribute);
        }

        String set(Attributes attributes) {
            return setAttribute == 0 ? "" : attributes.text(setAttribute);
        }
    }
}
