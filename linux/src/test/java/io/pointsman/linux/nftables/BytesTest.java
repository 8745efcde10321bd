package io.pointsman.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BytesTest {
    private static final int FIRST = 0x0A60_0001;
    private static final int KEYS = 50_000;

    @Test
    void shouldHaveFewHashesInCommonWhenAddressesFollowEachOther() {
        final Set<Integer> hashes = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            hashes.add(Bytes.concatenated(Bytes.be32(FIRST + i / 5), Bytes.u8(6), Bytes.be16(80), Bytes.host32(i % 5))
                    .hashCode());
        }

        assertThat(hashes).hasSizeGreaterThan(KEYS - KEYS / 100);
    }

    @Test
    void shouldHaveOneHashWhereEqual() {
        final byte[] bytes = {1, 2, 3, 4, 5, 6, 7};

        assertThat(Bytes.of(bytes)).isEqualTo(Bytes.of(bytes)).hasSameHashCodeAs(Bytes.of(bytes));
        assertThat(Element.of(Bytes.of(bytes))).hasSameHashCodeAs(Element.of(Bytes.of(bytes)));
    }
}
