package io.pointsman.agent;

import io.pointsman.agent.status.AgentStatus;

/** Is told when a plan came into force. Called from the thread that applies plans, so it must not block for long. */
@FunctionalInterface
public interface AgentListener {
    void inForce(AgentStatus status);
}
