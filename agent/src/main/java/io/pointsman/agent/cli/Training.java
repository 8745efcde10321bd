package io.pointsman.agent.cli;

import io.pointsman.agent.Main;
import io.pointsman.agent.log.QuotingProvider;
import java.io.IOException;

/**
 * The run that a cache of classes is made of: first a cluster is read, from a server of this process, then comes what the
 * arguments say. Without it a start on a cluster loads some 2,800 classes from JARs, two seconds of processor time.
 */
public final class Training {
    private Training() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        QuotingProvider.use();
        final boolean _ = ClusterRehearsal.run(); // less is recorded where it fails
        Main.main(args);
    }
}
