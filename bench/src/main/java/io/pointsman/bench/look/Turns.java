package io.pointsman.bench.look;

import java.io.IOException;

/**
 * Lets two agents work in turn, a tenth of a second each, the other one stopped meanwhile. On a machine shared with others a
 * rate changes by tens of percent from second to second; in turns so short, both meet the same.
 *
 * <p>A stopped agent does what is due by the clock, such as sending a page its next figures, when it continues: all of it
 * would fall into its own half of the time, and count double. So the second agent is stopped in every other turn of the first one
 * only. Then three quarters of it fall into its own turns and one into the others', and the difference is what an agent that
 * never stops would do.
 */
final class Turns {
    private static final double TURN_SECONDS = 0.1;

    private Turns() {}

    /**
     * Work of an agent in all its turns.
     *
     * @param cpuSeconds processor time used
     */
    record Total(Contender.Work work, double cpuSeconds) {
        double perSecond() {
            return work.perSecond();
        }

        double cpuMicrosEach() {
            return cpuSeconds * 1e6 / work.done();
        }
    }

    /** Work of both agents. */
    record Pair(Total first, Total second) {}

    /** Measures for so many seconds, half of them for each agent. Both continue afterwards. */
    static Pair run(Contender first, Contender second, double seconds) throws IOException, InterruptedException {
        final double firstCpuBefore = first.cpuSeconds();
        final double secondCpuBefore = second.cpuSeconds();
        Contender.Work byFirst = Contender.Work.NONE;
        Contender.Work bySecond = Contender.Work.NONE;
        try {
            final int turns = (int) Math.ceil(seconds / TURN_SECONDS / 4); // of each agent, twice
            for (int turn = 0; turn < turns; turn++) { // neither is always the one after the other
                byFirst = byFirst.plus(workAlone(first, second));
                bySecond = bySecond.plus(workAlone(second, first)).plus(workAlone(second, first));
                byFirst = byFirst.plus(work(first, second));
            }
        } finally {
            Signal.CONTINUE.send(first.process());
            Signal.CONTINUE.send(second.process());
        }
        return new Pair(
                new Total(byFirst, first.cpuSeconds() - firstCpuBefore),
                new Total(bySecond, second.cpuSeconds() - secondCpuBefore));
    }

    private static Contender.Work workAlone(Contender agent, Contender other) throws IOException, InterruptedException {
        Signal.STOP.send(other.process());
        Signal.CONTINUE.send(agent.process());
        return agent.work(TURN_SECONDS);
    }

    private static Contender.Work work(Contender agent, Contender idle) throws IOException, InterruptedException {
        Signal.CONTINUE.send(idle.process());
        Signal.CONTINUE.send(agent.process());
        return agent.work(TURN_SECONDS);
    }
}
