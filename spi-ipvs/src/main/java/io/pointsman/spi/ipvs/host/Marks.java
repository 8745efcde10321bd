package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.backend.StableHash;
import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.PoolId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * Marks of virtual servers, and bits of the connection mark. A virtual server for a mark matches the whole packet mark, so
 * new connections to the few frontends with such a server get it in place of their own. All other state is kept in two bits
 * of the connection mark.
 *
 * @param masqueradeBit bit of the connection mark, 0 to 31: the source is rewritten to the node's
 * @param oursBit bit of the connection mark, 0 to 31: the connection is to one of our frontends
 */
public record Marks(int masqueradeBit, int oursBit) {
    private static final int HASHED = 0x0FFF_FFFF;

    public Marks {
        if (masqueradeBit < 0 || masqueradeBit > 31 || oursBit < 0 || oursBit > 31 || masqueradeBit == oursBit) {
            throw new IllegalArgumentException("masquerade-bit " + masqueradeBit + " and ours-bit " + oursBit
                    + " must be two different numbers in 0..31");
        }
    }

    /**
     * Returns the mark of a pool's virtual server, the same in every run. It is a hash of 28 bits, so a collision is
     * unlikely.
     */
    public static int of(PoolId pool, Balancing balancing, Optional<Duration> affinity) {
        final String text =
                pool + "/" + balancing + affinity.map(_ -> "/affinity").orElse("");
        return HostNumbers.IPVS_SERVER_MARKS
                | (ByteBuffer.wrap(StableHash.of(text)).getInt() & HASHED);
    }

    String masquerade() {
        return new MarkBit(MarkBit.Place.CONNECTION, masqueradeBit).bits();
    }

    String ours() {
        return new MarkBit(MarkBit.Place.CONNECTION, oursBit).bits();
    }

    /** Mark and mask as {@code --set-xmark} takes them: sets ours, clears masquerade. */
    String onlyOurs() {
        return "0x" + Integer.toHexString(1 << oursBit) + "/0x"
                + Integer.toHexString(1 << oursBit | 1 << masqueradeBit);
    }
}
