package io.pointsman.agent.cli;

import io.pointsman.agent.Main;
import io.pointsman.agent.log.QuotingProvider;
import java.io.IOException;

/**
 * Training run for the class cache: reads a cluster from a server in this process, then runs the given command. Without
 * the cache, a start on a cluster loads about 2,800 classes from JARs, which takes two seconds of processor time.
 */
public final class Training {
    private Training() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        QuotingProvider.use();
        final boolean _ = ClusterRehearsal.run(); // if it fails, fewer classes are recorded
        Main.main(args);
    }
}
