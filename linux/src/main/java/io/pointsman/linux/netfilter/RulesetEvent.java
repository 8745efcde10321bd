package io.pointsman.linux.netfilter;

import io.pointsman.linux.netlink.Attributes;
import io.pointsman.model.IpFamily;
import java.util.Arrays;
import java.util.Optional;

/**
 * A change of nf_tables. Events of one transaction are consecutive and end with {@link Kind#COMMIT}.
 *
 * @param family the table's; empty for {@link Kind#COMMIT} and for tables of other families
 * @param table name of the table; empty for {@link Kind#COMMIT}
 * @param chain name of the chain, or of a rule's chain; empty for other events
 * @param set name of the set or map, of an element's set or map, of the counter or the flowtable; empty for other events
 * @param port netlink port of the program that made the change: usually its process id, in its own namespace of such
 * @param generation number of a {@link Kind#COMMIT}, as {@link Ruleset#generation}; else 0
 */
public record RulesetEvent(
        Kind kind, Optional<IpFamily> family, String table, String chain, String set, int port, int generation) {
    private static final int CHAIN_NAME = 3;
    private static final int RULE_CHAIN = 2;
    private static final int SET_NAME = 2; // of sets, their elements, objects and flowtables alike

    /** Kind of change, with its message type and the attributes that name a chain and a set. */
    public enum Kind {
        /** A table was added, or its flags were changed. */
        TABLE_ADDED(0, 0, 0),
        TABLE_DELETED(2, 0, 0),
        /** A chain was added, or its policy was changed. */
        CHAIN_ADDED(3, CHAIN_NAME, 0),
        CHAIN_DELETED(5, CHAIN_NAME, 0),
        RULE_ADDED(6, RULE_CHAIN, 0),
        RULE_DELETED(8, RULE_CHAIN, 0),
        SET_ADDED(9, 0, SET_NAME),
        SET_DELETED(11, 0, SET_NAME),
        ELEMENT_ADDED(12, 0, SET_NAME),
        /** An element was deleted, perhaps by its timeout. */
        ELEMENT_DELETED(14, 0, SET_NAME),
        COUNTER_ADDED(18, 0, SET_NAME),
        COUNTER_DELETED(20, 0, SET_NAME),
        /** A flowtable was added, or interfaces to it. */
        FLOWTABLE_ADDED(22, 0, SET_NAME),
        /** A flowtable was deleted, or interfaces from it. */
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

        /** Returns the kind for a message type of nf_tables; empty for a type that is not listed here. */
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
