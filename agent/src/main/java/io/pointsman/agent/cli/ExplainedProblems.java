package io.pointsman.agent.cli;

import io.pointsman.agent.status.Problem;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanProblem;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.plan.Rule;
import java.util.List;
import java.util.Optional;

/** Problems with the Service of the explained connection. */
final class ExplainedProblems {
    private ExplainedProblems() {}

    /**
     * Returns the problems with the whole Service, with the dialed port, or with an address that the Service was refused.
     */
    static List<String> of(PlanUpdate update, Explanation explanation) {
        return update.problems().stream()
                .filter(problem -> concerns(problem, update, explanation))
                .map(PlanProblem::toString)
                .toList();
    }

    /** Returns an agent's problems with the Service. */
    static List<String> of(List<Problem> problems, Explanation explanation) {
        return explanation.rule().stream()
                .flatMap(rule -> problems.stream().filter(problem -> problem.service()
                        .filter(rule.owner().service()::equals)
                        .isPresent()))
                .map(Problem::toString)
                .toList();
    }

    private static boolean concerns(PlanProblem problem, PlanUpdate update, Explanation explanation) {
        final Optional<Rule> met = explanation.rule();
        if (problem.frontend().isPresent() && isDialed(problem.frontend().get(), explanation.request())) {
            return true;
        }
        return met.isPresent()
                && met.get().owner().service().equals(problem.service())
                && problem.frontend()
                        .map(frontend -> update.plan()
                                .rule(frontend)
                                .map(rule -> rule.owner().equals(met.get().owner()))
                                .orElse(false))
                        .orElse(true);
    }

    private static boolean isDialed(Frontend frontend, ExplainRequest request) {
        return frontend.protocol() == request.protocol()
                && frontend.port() == request.destinationPort()
                && (frontend.isNodePort()
                        ? frontend.family() == request.destination().family()
                        : frontend.vip().equals(request.destination()));
    }
}
