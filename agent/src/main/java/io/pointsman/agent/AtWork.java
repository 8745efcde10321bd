package io.pointsman.agent;

import io.pointsman.linux.ownership.FolderClaim;
import io.pointsman.linux.ownership.Presence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a cleanup that an agent is at work: in its network namespace, and by its records from whichever other one. */
final class AtWork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AtWork.class);

    private final Optional<Presence> presence;
    private final Optional<FolderClaim> claim;

    private AtWork(Optional<Presence> presence, Optional<FolderClaim> claim) {
        this.presence = presence;
        this.claim = claim;
    }

    /** Warns of what can't be announced, which keeps no agent from its work. */
    static AtWork announce(String mode, Path records) {
        Optional<Presence> presence = Optional.empty();
        try {
            presence = Optional.of(Presence.announce(mode));
        } catch (IOException e) {
            LOG.warn("a cleanup of this node won't notice that this agent is at work: {}", e.getMessage());
        }
        try {
            return new AtWork(presence, Optional.of(FolderClaim.announce(records)));
        } catch (IOException e) {
            LOG.warn(
                    "a cleanup from another network namespace won't notice that this agent is at work: {}",
                    e.toString());
            return new AtWork(presence, Optional.empty());
        }
    }

    @Override
    public void close() {
        presence.ifPresent(Presence::close);
        claim.ifPresent(FolderClaim::close);
    }
}
