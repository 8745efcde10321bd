package io.pointsman.linux.backend;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of texts, for names and marks that must be the same after a restart. */
public final class StableHash {
    private static final char[] BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".toCharArray();
    private static final int CHARACTERS = 16; // 80 bits

    private StableHash() {}

    /** Returns the SHA-256 hash of a text in UTF-8: 32 bytes. */
    public static byte[] of(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the first 80 bits of a text's hash in base 32: 16 characters. */
    public static String word(String text) {
        final byte[] digest = of(text);
        final char[] out = new char[CHARACTERS];
        long bits = 0;
        int available = 0;
        int next = 0;
        for (int i = 0; i < CHARACTERS; i++) {
            if (available < 5) {
                bits = bits << 8 | (digest[next++] & 0xFF);
                available += 8;
            }
            available -= 5;
            out[i] = BASE_32[(int) (bits >>> available) & 31];
        }
        return new String(out);
    }
}
