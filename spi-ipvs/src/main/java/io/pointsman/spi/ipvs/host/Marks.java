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
 * Marks and bits of marks. A virtual server for a mark wants the whole mark, so new connections to the few frontends that
 * have one get it in place of what they carried. All else is noted in two bits of the connection's own mark.
 *
 * @param masqueradeBit 0 to 31, of a connection's mark: the source is to be the node's
 * @param oursBit 0 to 31, of a connection's mark: it is to one of our frontends
 */
public record Marks(int masqueradeBit, int oursBit) {
    private static final int HASHED = 0x0FFF_FFFF;

    public Marks {
        if (masqueradeBit < 0 || masqueradeBit > 31 || oursBit < 0 || oursBit > 31 || masqueradeBit == oursBit) {
            throw new IllegalArgumentException("masquerade-bit " + masqueradeBit + " and ours-bit " + oursBit
                    + " must be two different numbers in 0..31");
        }
    }

    /** The mark of a pool's virtual server, the same in every run: 2 to the power of 28 of them, so two hardly ever meet. */
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

    /** As {@code --set-xmark} takes it: ours set, masquerade cleared. */
    String onlyOurs() {
        return "0x" + Integer.toHexString(1 << oursBit) + "/0x"
                + Integer.toHexString(1 << oursBit | 1 << masqueradeBit);
    }
}
