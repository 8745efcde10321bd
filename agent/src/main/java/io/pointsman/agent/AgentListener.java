package io.pointsman.agent;

import io.pointsman.agent.status.AgentStatus;

/** Callbacks about an agent's state. Its methods must not block for long. */
@FunctionalInterface
public interface AgentListener {
    /** Called when a plan has come into force, on the thread that applies plans. */
    void inForce(AgentStatus status);

    /**
     * Called when the agent can't go on in this process: its backend failed for good, or one of its threads ended. Called
     * at most once, on a thread of its own. {@code /livez} and {@code /healthz} already return 503. The agent does not
     * end the process: close it, then start another one or let the process end.
     *
     * @param reason what failed, in one sentence
     */
    default void failed(String reason) {}
}
