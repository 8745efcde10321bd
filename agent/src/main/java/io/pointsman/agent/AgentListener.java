package io.pointsman.agent;

import io.pointsman.agent.status.AgentStatus;

/** Is told how an agent is doing. Its methods must not block for long. */
@FunctionalInterface
public interface AgentListener {
    /** A plan came into force. Called from the thread that applies plans. */
    void inForce(AgentStatus status);

    /**
     * The agent can't go on in this process: its backend failed for good, or one of its threads ended. Called at most once,
     * from a thread of its own. {@code /livez} and {@code /healthz} answer 503 already. The agent does not end the process:
     * close it, then start another one or let the process end.
     *
     * @param reason what failed, in one sentence
     */
    default void failed(String reason) {}
}
