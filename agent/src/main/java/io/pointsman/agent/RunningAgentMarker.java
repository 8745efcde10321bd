package io.pointsman.agent;

import io.pointsman.linux.ownership.ModeClaim;
import io.pointsman.linux.ownership.NamespaceMarker;
import io.pointsman.linux.ownership.StateDirectoryLock;
import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks this agent as running, so that a cleanup leaves its work alone: by network namespace, and by state directory for
 * a cleanup in another namespace. If two agents of a mode would undo each other's work, the second one in a network
 * namespace is refused.
 */
final class RunningAgentMarker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningAgentMarker.class);

    private final Optional<ModeClaim> mode;
    private final Optional<NamespaceMarker> presence;
    private final Optional<StateDirectoryLock> claim;

    private RunningAgentMarker(
            Optional<ModeClaim> mode, Optional<NamespaceMarker> presence, Optional<StateDirectoryLock> claim) {
        this.mode = mode;
        this.presence = presence;
        this.claim = claim;
    }

    /**
     * Waits for another agent of this mode to end, if only one may run. A marker that can't be set is only a warning: it
     * keeps no agent from starting.
     *
     * @param patience how long to wait; empty if several agents of this mode may run
     * @throws ConfigException if the other agent has not ended by then
     */
    static RunningAgentMarker announce(String mode, Path records, Optional<Duration> patience) throws ConfigException {
        final Optional<ModeClaim> claim =
                patience.isPresent() ? new HandOver(mode, records, patience.get()).await() : Optional.empty();
        Optional<NamespaceMarker> presence = Optional.empty();
        try {
            presence = Optional.of(NamespaceMarker.announce(mode));
        } catch (IOException e) {
            LOG.warn("a cleanup on this node can't detect that this agent is running: {}", e.getMessage());
        }
        try {
            return new RunningAgentMarker(claim, presence, Optional.of(StateDirectoryLock.announce(records)));
        } catch (IOException e) {
            LOG.warn(
                    "a cleanup from another network namespace can't detect that this agent is running: {}",
                    e.toString());
            return new RunningAgentMarker(claim, presence, Optional.empty());
        }
    }

    @Override
    public void close() {
        presence.ifPresent(NamespaceMarker::close);
        claim.ifPresent(StateDirectoryLock::close);
        mode.ifPresent(ModeClaim::close);
    }
}
