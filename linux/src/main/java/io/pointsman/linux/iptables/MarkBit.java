package io.pointsman.linux.iptables;

import java.util.Objects;

/**
 * One bit of a mark, as rules set, clear and match it; all others are left alone.
 *
 * @param place what has the mark
 * @param bit 0 to 31
 */
public record MarkBit(Place place, int bit) {
    /** What has a mark. A packet may lose its mark on the way; a connection keeps its own. */
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

    /** The rule's end that sets it, with a line feed. */
    public String set() {
        return "-j " + place.target + " --set-xmark " + bits() + "\n";
    }

    /** The rule's end that clears it, with a line feed. */
    public String clear() {
        return "-j " + place.target + " --set-xmark 0x0/" + hex() + "\n";
    }

    /** Matches what has it; ends in a blank. */
    public String match() {
        return "-m " + place.match + " --mark " + bits() + " ";
    }

    /** Value and mask: {@code 0x4000/0x4000}. */
    public String bits() {
        return hex() + "/" + hex();
    }

    private String hex() {
        return "0x" + Long.toHexString(1L << bit);
    }
}
