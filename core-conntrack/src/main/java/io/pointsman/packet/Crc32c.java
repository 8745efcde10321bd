package io.pointsman.packet;

/**
 * SCTP's checksum (RFC 9260, appendix A), updated after a few bytes changed. CRC is linear: the new checksum differs from
 * the old by the CRC of the difference, shifted to the position of the change. So damaged packets stay damaged, and the cost
 * does not grow with the packet.
 */
final class Crc32c {
    private static final int POLYNOMIAL = 0x82F6_3B78; // reflected
    private static final int[] POWERS = new int[16]; // x^(8 * 2^i) modulo the polynomial: moves by 2^i bytes

    static {
        POWERS[0] = 1 << 23; // x^8, reflected
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = multiply(POWERS[i - 1], POWERS[i - 1]);
        }
    }

    private Crc32c() {}

    /**
     * Returns the checksum after a 32-bit word changed.
     *
     * @param checksum as stored in the packet, raw
     * @param changed old word exclusive-or new word, raw
     * @param bytesAfter bytes from the end of the word to the end of the packet, 0 to 65535
     */
    static int update(int checksum, int changed, int bytesAfter) {
        int crc = changed;
        for (int bit = 0; bit < 32; bit++) {
            crc = crc >>> 1 ^ (crc & 1) * POLYNOMIAL;
        }
        for (int i = 0; i < POWERS.length; i++) {
            if ((bytesAfter >>> i & 1) != 0) {
                crc = multiply(crc, POWERS[i]);
            }
        }
        return checksum ^ crc;
    }

    /**
     * Returns the product of two polynomials modulo {@link #POLYNOMIAL}, all reflected: the top bit is the coefficient of 1.
     */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = 31; bit >= 0; bit--) {
            product ^= (a >>> bit & 1) * shifted;
            shifted = shifted >>> 1 ^ (shifted & 1) * POLYNOMIAL;
        }
        return product;
    }
}
