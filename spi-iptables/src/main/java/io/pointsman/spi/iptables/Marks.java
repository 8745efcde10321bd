package io.pointsman.spi.iptables;

/**
 * The two bits of a packet's mark that carry word from translation to masquerading; all others are left alone.
 *
 * @param masqueradeBit 0 to 31; the source is to be rewritten
 * @param oursBit 0 to 31, another one; translated here, so a hairpin (source equals destination) is to be rewritten
 */
record Marks(int masqueradeBit, int oursBit) {
    Marks {
        if (masqueradeBit < 0 || masqueradeBit > 31 || oursBit < 0 || oursBit > 31 || masqueradeBit == oursBit) {
            throw new IllegalArgumentException(
                    "mark bits " + masqueradeBit + " and " + oursBit + " are not two different ones of 0..31");
        }
    }

    /** As {@code -m mark --mark} and {@code -j MARK --set-xmark} take it to test or set the bit. */
    String masquerade() {
        return same(1L << masqueradeBit);
    }

    String ours() {
        return same(1L << oursBit);
    }

    /** To test for neither bit, or to clear both. */
    String neither() {
        return "0x0/0x" + Long.toHexString(1L << masqueradeBit | 1L << oursBit);
    }

    private static String same(long bits) {
        return "0x" + Long.toHexString(bits) + "/0x" + Long.toHexString(bits);
    }
}
