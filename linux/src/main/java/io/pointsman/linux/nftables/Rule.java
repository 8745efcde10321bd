package io.pointsman.linux.nftables;

import java.util.List;
import java.util.Objects;

/**
 * A rule.
 *
 * @param expressions in the order in which the kernel evaluates them; the first that does not match ends the rule
 * @param comment empty for none
 * @param handle the kernel's number for the rule, unique in its table; 0 for a rule that was not read
 */
public record Rule(String chain, List<Expression> expressions, String comment, long handle) {
    public Rule {
        Objects.requireNonNull(chain, "chain");
        expressions = List.copyOf(expressions);
        Objects.requireNonNull(comment, "comment");
    }

    public static Rule of(String chain, Expression... expressions) {
        return new Rule(chain, List.of(expressions), "", 0);
    }

    public Rule commented(String text) {
        return new Rule(chain, expressions, text, handle);
    }

    /** Returns the rule without its handle, to compare rules. */
    public Rule withoutHandle() {
        return new Rule(chain, expressions, comment, 0);
    }
}
