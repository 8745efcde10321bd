package io.pointsman.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    /** Checks canonical text: RFC 5952, sections 4 and 5, for IPv6. */
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1",
        "255.255.255.255, 255.255.255.255",
        "010.001.000.009, 10.1.0.9",
        "2001:0db8::0001, 2001:db8::1",
        "2001:DB8::A, 2001:db8::a",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:db8::192.0.2.33, 2001:db8::c000:221",
        "::ffff:192.0.2.33, 192.0.2.33",
    })
    void shouldBeCanonicalTextWhenParsed(String text, String canonical) {
        assertThat(IpAddress.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0",
                "10.0.0.1.2",
                "10.0.0.256",
                "10.0.0.0001",
                "10.0.0.-1",
                "10..0.1",
                " 10.0.0.1",
                "10.0.0.1 ",
                "10.0.0.1/8",
                "0x0a.0.0.1",
                "localhost",
                "fe80::1%eth0",
                "[::1]",
                "::1::",
                "1:2:3:4:5:6:7",
                "12345::",
                "1:2:3:4:5:6:7:8:9",
                "::g"
            })
    void shouldRefuseWhenTextIsNoAddress(String text) {
        assertThat(IpAddress.tryParse(text)).isEmpty();
        assertThatThrownBy(() -> IpAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void shouldReadItsOwnTextWhenAnyAddressIsWritten() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            // sparse halves, so that zero groups occur at all positions
            final long high = random.nextLong() & mask(random);
            final long low = random.nextLong() & mask(random);
            final boolean isMapped = high == 0 && low >>> 32 == 0xFFFF; // its text is that of an IPv4 address
            final IpAddress ipv6 = IpAddress.ofIpv6(isMapped ? 1 : high, low);
            for (IpAddress address : List.of(IpAddress.ofIpv4((int) low), ipv6)) {
                assertThat(IpAddress.parse(address.toString()))
                        .as("seed %d", seed)
                        .isEqualTo(address);
                assertThat(IpAddress.ofBytes(address.toBytes()))
                        .as("seed %d", seed)
                        .isEqualTo(address);
            }
        }
    }

    private static long mask(Random random) {
        long mask = 0;
        for (int group = 0; group < 4; group++) {
            mask = mask << 16 | (random.nextBoolean() ? 0xFFFF : 0);
        }
        return mask;
    }

    @Test
    void shouldOrderByFamilyThenUnsignedValue() {
        assertThat(List.of("10.0.0.2", "9.0.0.1", "200.0.0.1", "ff00::", "::1").stream()
                        .map(IpAddress::parse)
                        .sorted())
                .extracting(IpAddress::toString)
                .containsExactly("9.0.0.1", "10.0.0.2", "200.0.0.1", "::1", "ff00::");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true, false",
        "127.255.0.9, true, false",
        "128.0.0.1, false, false",
        "::1, true, false",
        "::2, false, false",
        "169.254.1.1, false, true",
        "169.255.1.1, false, false",
        "fe80::1, false, true",
        "febf::1, false, true",
        "fec0::1, false, false",
    })
    void shouldKnowItsScope(String text, boolean loopback, boolean linkLocal) {
        assertThat(IpAddress.parse(text).isLoopback()).isEqualTo(loopback);
        assertThat(IpAddress.parse(text).isLinkLocal()).isEqualTo(linkLocal);
    }

    @Test
    void shouldBracketOnlyIpv6WhenAPortFollows() {
        assertThat(IpAddress.parse("10.0.0.1").withPort(80)).isEqualTo("10.0.0.1:80");
        assertThat(IpAddress.parse("2001:db8::1").withPort(80)).isEqualTo("[2001:db8::1]:80");
    }

    /** The JDK unmaps addresses that it parses, but not those made from 16 bytes and a scope. */
    @Test
    void shouldReadAnAddressOfTheJdkAsIpv4WhenItIsMapped() throws Exception {
        final byte[] bytes = new byte[16];
        bytes[10] = (byte) 0xFF;
        bytes[11] = (byte) 0xFF;
        bytes[12] = (byte) 198;
        bytes[15] = 79;
        final InetAddress mapped = Inet6Address.getByAddress(null, bytes, -1);

        assertThat(mapped).isInstanceOf(Inet6Address.class);
        assertThat(IpAddress.of(mapped)).isEqualTo(IpAddress.parse("198.0.0.79"));
        bytes[9] = 1;
        assertThat(IpAddress.of(Inet6Address.getByAddress(null, bytes, -1)).isIpv4())
                .isFalse();
    }
}
