package io.pointsman.bench.kernel;

import java.io.IOException;
import java.util.List;
import java.util.Random;

/** Connects to nodes in turn, so that any disturbance of the machine affects all of them. */
public final class ConnectRounds {
    /** Number of connections in each round. */
    public static final int CONNECTIONS = 200;

    private static final int WARM_UP_ROUNDS = 3;
    private static final long SEED = 20_260_101;

    /** A node, and the number of Services among which its clients choose. */
    public record Target(Node node, int services) {}

    private ConnectRounds() {}

    /** Runs the rounds, after which each node has its connection times. */
    public static void run(int rounds, List<Target> targets) throws IOException {
        final Random random = new Random(SEED);
        for (int round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
            if (round == WARM_UP_ROUNDS) {
                targets.forEach(target -> target.node().forgetRounds());
            }
            for (Target target : targets) {
                target.node().round(target.services(), CONNECTIONS, random);
            }
        }
    }
}
