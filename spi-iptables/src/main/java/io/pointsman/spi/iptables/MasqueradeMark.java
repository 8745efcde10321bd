package io.pointsman.spi.iptables;

/**
 * The bit of a packet's mark that carries word from translation to masquerading; all others are left alone.
 *
 * @param bit 0 to 31
 */
record MasqueradeMark(int bit) {
    MasqueradeMark {
        if (bit < 0 || bit > 31) {
            throw new IllegalArgumentException("masquerade-bit " + bit + " is not in 0..31");
        }
    }

    /** The rule's end that sets it. */
    String set() {
        return "-j MARK --set-xmark " + hex() + "/" + hex() + "\n";
    }

    /** The rule's end that clears it. */
    String clear() {
        return "-j MARK --set-xmark 0x0/" + hex() + "\n";
    }

    /** Lets in packets that have it; ends in a blank. */
    String match() {
        return "-m mark --mark " + hex() + "/" + hex() + " ";
    }

    private String hex() {
        return "0x" + Long.toHexString(1L << bit);
    }
}
