package io.pointsman.spi.iptables;

/**
 * The bit of a connection's mark that says that our rules translated it; all others are left alone. Packets may lose their
 * marks, and only a connection's first one passes table nat.
 *
 * @param bit 0 to 31
 */
record OursMark(int bit) {
    OursMark {
        if (bit < 0 || bit > 31) {
            throw new IllegalArgumentException("ours-bit " + bit + " is not in 0..31");
        }
    }

    /** The rule that sets it. */
    String set() {
        return "-j CONNMARK --set-xmark " + hex() + "/" + hex() + "\n";
    }

    /** The rule that clears it. */
    String clear() {
        return "-j CONNMARK --set-xmark 0x0/" + hex() + "\n";
    }

    /** Lets in packets of connections that have it; ends in a blank. */
    String match() {
        return "-m connmark --mark " + hex() + "/" + hex() + " ";
    }

    private String hex() {
        return "0x" + Long.toHexString(1L << bit);
    }
}
