package io.pointsman.linux.iptables;

import java.util.Objects;

/**
 * A bit of a mark, as rules set, clear and match it; all other bits stay as they are.
 *
 * @param place object that has the mark
 * @param bit 0 to 31
 */
public record MarkBit(Place place, int bit) {
    /** Object that has a mark. A packet may lose its mark on the way; a connection keeps its own. */
    public enum Place {
        PACKET("mark", "MARK"),
        CONNECTION("connmark", "CONNMARK");

        private final String match;
        private final String target;

        Place(String match, String target) {
            this.match = match;
            this.target = target;
        }
    }

    public MarkBit {
        Objects.requireNonNull(place, "place");
        if (bit < 0 || bit > 31) {
            throw new IllegalArgumentException("bit " + bit + " of a mark is not in 0..31");
        }
    }

    /** Returns the end of a rule that sets the bit, with a line feed. */
    public String set() {
        return "-j " + place.target + " --set-xmark " + bits() + "\n";
    }

    /** Returns the end of a rule that clears the bit, with a line feed. */
    public String clear() {
        return "-j " + place.target + " --set-xmark 0x0/" + hex() + "\n";
    }

    /** Returns the match for a set bit, with a blank at the end. */
    public String match() {
        return "-m " + place.match + " --mark " + bits() + " ";
    }

    /** Returns value and mask: {@code 0x4000/0x4000}. */
    public String bits() {
        return hex() + "/" + hex();
    }

    private String hex() {
        return "0x" + Long.toHexString(1L << bit);
    }
}
