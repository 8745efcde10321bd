package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Chain that decides by origin about connections that were not translated, in the filter chains. */
record Refusal(Answer pod, Answer node, Answer external) implements OnDemand {
    /** Answer to one origin. */
    enum Answer {
        REJECT("reject"),
        /** Accept: not the proxy's business, whatever else applies to the address. */
        PASS("pass"),
        /** No decision here: the connection is to be translated, or was dropped before. */
        NONE("none");

        private final String word;

        Answer(String word) {
            this.word = word;
        }
    }

    boolean isNothing() {
        return pod == Answer.NONE && node == Answer.NONE && external == Answer.NONE;
    }

    /** Whether every packet that arrives here is refused whatever its origin; others were translated or dropped before. */
    boolean isForAll() {
        final Set<Answer> answers = EnumSet.of(pod, node, external);
        return answers.contains(Answer.REJECT) && !answers.contains(Answer.PASS);
    }

    @Override
    public String name() {
        return pod == node && node == external
                ? "refuse-" + external.word
                : "refuse.pod-" + pod.word + ".node-" + node.word + ".other-" + external.word;
    }

    @Override
    public List<OnDemand> leadsTo() {
        return List.of();
    }

    @Override
    public List<Rule> rules(IpFamily family, NodeFacts facts, TableOptions options) {
        final Code code = new Code(family);
        final List<Rule> rules = new ArrayList<>();
        if (pod != node || node != external) {
            for (List<Expression> isPod : code.fromPod(facts)) {
                rules.add(Code.rule(name(), isPod, answer(family, pod)));
            }
            if (node != external) {
                rules.add(Code.rule(name(), Code.fromNode(), answer(family, node)));
            }
        }
        rules.add(Code.rule(name(), answer(family, external)));
        return rules;
    }

    private static List<Expression> answer(IpFamily family, Answer answer) {
        return switch (answer) {
            case REJECT -> List.of(Expression.Reject.portUnreachable(family));
            case PASS -> Code.decide(Verdict.ACCEPT);
            case NONE -> Code.decide(Verdict.RETURN);
        };
    }
}
