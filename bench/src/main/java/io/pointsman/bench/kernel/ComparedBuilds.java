package io.pointsman.bench.kernel;

import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The build that is measured, and another one, if any. As a mixin, it adds the options that name their clones. */
public final class ComparedBuilds {
    @Mixin
    private final ThisBuild build = new ThisBuild();

    @Option(
            names = "--against",
            paramLabel = "FOLDER",
            description = "Another clone, in which ./pointsman build was run: measured in turn with this one.")
    private @Nullable Path against;

    /** The clone of the build that is measured. */
    public Path folder() {
        return build.folder();
    }

    /** Whether there is another build. */
    public boolean isCompared() {
        return against != null;
    }

    /**
     * Returns the builds under these names, the other one first.
     *
     * @throws IOException if a clone has no build
     */
    public Map<String, AgentBuild> agents(String thisName, String otherName) throws IOException {
        final Map<String, AgentBuild> agents = new LinkedHashMap<>();
        if (against != null) {
            agents.put(otherName, AgentBuild.of(against));
        }
        agents.put(thisName, build.agent());
        return agents;
    }
}
