package io.pointsman.agent.training;

import io.pointsman.agent.Main;
import io.pointsman.agent.log.QuotingProvider;
import java.io.IOException;

/**
 * Training run for the class cache: reads a cluster from a server in this process, programs many Services into the kernel, then
 * runs the given command. Without the cache, a start on a cluster loads about 2,800 classes from JARs, which takes two
 * seconds of processor time.
 */
public final class Training {
    private Training() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        QuotingProvider.use();
        // Each that fails leaves the cache with less.
        final boolean _ = ClusterRehearsal.run();
        final boolean _ = KernelRehearsal.run();
        Main.main(args);
    }
}
