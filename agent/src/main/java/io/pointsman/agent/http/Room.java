package io.pointsman.agent.http;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The connections of one or more listeners, oldest first, within limits. Used by the one thread that serves them. */
final class Room {
    private final RoomLimits limits;
    private final Set<Guest> guests = new LinkedHashSet<>();

    /** A connection in a room. */
    interface Guest {
        /** Identifies the connection's listener. */
        Object listener();

        /** Identifies the client; equal for connections that share a quota. */
        Object client();

        /** Whether no request is being answered. */
        boolean isIdle();

        /** Closes the connection. */
        void evict();
    }

    Room(RoomLimits limits) {
        this.limits = limits;
    }

    /** Adds a connection; closes another one if a limit is reached. */
    void enter(Guest newcomer) {
        keepBelow(limits.connectionsPerClient(), guest -> guest.client().equals(newcomer.client()));
        keepBelow(limits.connectionsPerListener(), guest -> guest.listener().equals(newcomer.listener()));
        keepBelow(limits.connections(), _ -> true);
        guests.add(newcomer);
    }

    /** Removes a closed connection. */
    void leave(Guest guest) {
        guests.remove(guest);
    }

    private void keepBelow(int limit, Predicate<Guest> counted) {
        if (guests.size() >= limit && guests.stream().filter(counted).count() >= limit) {
            final Optional<Guest> idle =
                    guests.stream().filter(counted).filter(Guest::isIdle).findFirst();
            final Guest leaves = idle.orElseGet(
                    () -> guests.stream().filter(counted).findFirst().orElseThrow());
            guests.remove(leaves);
            leaves.evict();
        }
    }
}
