package io.pointsman.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/8, 10.0.0.0/8",
        "010.000.000.000/8, 10.0.0.0/8",
        "10.1.2.3, 10.1.2.3/32",
        "10.1.2.3/32, 10.1.2.3/32",
        "1.2.3.4/0, 0.0.0.0/0",
        "2001:db8:ffff::1/32, 2001:db8::/32",
        "2001:db8::1, 2001:db8::1/128",
        "2001:db8::ff/121, 2001:db8::80/121",
        "2001:db8::1:0:0:1/65, 2001:db8::/65",
        "::1/0, ::/0",
    })
    void shouldClearHostBitsWhenParsed(String text, String canonical) {
        assertThat(Cidr.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "203.0.113.0/25, 203.0.113.127, true",
        "203.0.113.0/25, 203.0.113.128, false",
        "0.0.0.0/0, 255.255.255.255, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 10.0.0.1, false",
        "128.0.0.0/1, 200.0.0.1, true",
        "2001:db8::/32, 2001:db8:ffff::, true",
        "2001:db8::/32, 2001:db9::, false",
        "2001:db8::8000:0:0:0/65, 2001:db8::8000:0:0:1, true",
        "2001:db8::8000:0:0:0/65, 2001:db8::1, false",
    })
    void shouldHoldWhatItsPrefixSays(String range, String address, boolean holds) {
        assertThat(Cidr.parse(range).contains(IpAddress.parse(address))).isEqualTo(holds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/x"})
    void shouldRefuseWhenTextIsNoRange(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBeEqualWhenTheyHoldTheSame() {
        assertThat(Cidr.parse("10.1.0.0/8")).isEqualTo(Cidr.parse("10.2.0.0/8"));
        assertThat(Cidr.parse("10.0.0.0/8")).isNotEqualTo(Cidr.parse("10.0.0.0/9"));
    }
}
