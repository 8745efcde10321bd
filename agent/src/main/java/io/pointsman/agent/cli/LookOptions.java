package io.pointsman.agent.cli;

import io.pointsman.agent.OfflinePlan;
import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.model.ConfigException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/** Common options of the inspecting commands, which read the agent on this host or, if one is named, a source. */
record LookOptions(AgentConfig config, boolean isOffline, Optional<String> mode) {
    /** Settings that say what to inspect. */
    static final List<Setting> SETTINGS = List.of(
            Setting.STATE_DIRECTORY,
            Setting.MODE,
            Setting.NODE,
            Setting.MANIFEST,
            Setting.KUBECONFIG,
            Setting.CLUSTER_CIDR,
            Setting.DETECT_LOCAL,
            Setting.SERVICE_CIDR,
            Setting.NODE_PORT_ADDRESSES,
            Setting.SERVICE_NODE_PORT_RANGE,
            Setting.LOCALHOST_NODE_PORTS,
            Setting.MASQUERADE_ALL,
            Setting.EXTERNAL_IPS,
            Setting.EGRESS);

    /** Settings that select a running agent. */
    static final List<Setting> OF_AN_AGENT = List.of(Setting.STATE_DIRECTORY, Setting.MODE);

    static LookOptions of(ParseResult parsed) throws ConfigException {
        final AgentConfig config = SettingOptions.read(parsed).build();
        final boolean isModeGiven = SettingOptions.has(parsed, Setting.MODE)
                || SettingOptions.file(parsed).isPresent();
        return new LookOptions(
                config,
                SettingOptions.has(parsed, Setting.MANIFEST) || SettingOptions.has(parsed, Setting.KUBECONFIG),
                isModeGiven && !config.mode().equals(AgentConfig.AUTO) ? Optional.of(config.mode()) : Optional.empty());
    }

    RunningAgent agent() throws ConfigException {
        return RunningAgent.find(config, mode);
    }

    /** Resolves a plan from the source; prints the objects that can't be used. */
    OfflinePlan offline(ExplainedMode explained, PrintWriter err) throws ConfigException {
        final OfflinePlan plan = OfflinePlan.read(config, explained.semantics(), explained.families());
        tellProblems(plan, err);
        return plan;
    }

    ExplainedMode explainedMode() throws ConfigException {
        return ExplainedMode.of(config.mode(), BackendCatalog.load());
    }

    static void tellProblems(OfflinePlan plan, PrintWriter err) {
        plan.problems().forEach(problem -> err.println("pointsman: " + problem.where() + ": " + problem.reason()));
        plan.update().problems().forEach(problem -> err.println("pointsman: " + problem));
    }
}
