package io.pointsman.bench.kernel;

import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The build that is measured. As a mixin, it adds the option that names its clone to a command. */
public final class ThisBuild {
    @Option(
            names = "--build",
            paramLabel = "FOLDER",
            required = true,
            description = "The clone whose agent's JVM flags and class cache are used; the launcher names its own.")
    private Path folder = Path.of("");

    public Path folder() {
        return folder;
    }

    /**
     * Returns how its agent is started.
     *
     * @throws IOException if the clone has no build
     */
    public AgentBuild agent() throws IOException {
        return AgentBuild.of(folder);
    }
}
