package io.pointsman.linux.nftables;

/**
 * Register for an expression's data: 4 bytes; longer data occupies consecutive registers.
 *
 * @param word 0 to 15, in the order of NFT_REG32_00 to NFT_REG32_15; -1 for the verdict register
 */
public record Register(int word) {
    /** Register of the verdict: the target of a map to verdicts. */
    public static final Register VERDICT = new Register(-1);

    private static final int WORDS = 16;
    private static final int REG32_00 = 8;

    public Register {
        if (word < -1 || word >= WORDS) {
            throw new IllegalArgumentException("register " + word + ": the kernel has 0 to " + (WORDS - 1));
        }
    }

    /** Returns the register this many bytes further on, rounded up to 4. */
    public Register behind(int bytes) {
        return new Register(word + (bytes + 3) / 4);
    }

    /** Number as the kernel reports it: every fourth register is one of its four long registers. */
    int number() {
        return word < 0 ? 0 : word % 4 == 0 ? 1 + word / 4 : REG32_00 + word;
    }

    static Register ofNumber(int number) {
        return number == 0 ? VERDICT : new Register(number <= 4 ? (number - 1) * 4 : number - REG32_00);
    }
}
