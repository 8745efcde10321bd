package io.pointsman.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointWeightsTest {
    @Test
    void shouldReadEachWeightAndDefaultToOne() {
        final EndpointWeights weights = EndpointWeights.parse("10.0.0.1=3, 10.0.0.2=0 ,2001:db8::1=65535");

        assertThat(weights.of(IpAddress.parse("10.0.0.1"))).isEqualTo(3);
        assertThat(weights.of(IpAddress.parse("10.0.0.2"))).isZero();
        assertThat(weights.of(IpAddress.parse("2001:db8::1"))).isEqualTo(65535);
        assertThat(weights.of(IpAddress.parse("10.0.0.3"))).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | '\"\" is not address=weight'",
                "10.0.0.1 | '\"10.0.0.1\" is not address=weight'",
                "10.0.0.1=3, | '\"\" is not address=weight'",
                "10.0.0.1=-1 | 'weight \"-1\" of 10.0.0.1 is not in 0..65535'",
                "10.0.0.1=65536 | 'weight \"65536\" of 10.0.0.1 is not in 0..65535'",
                "10.0.0.1=1.5 | 'weight \"1.5\" of 10.0.0.1'",
                "web=1 | 'not an IP address: \"web\"'",
                "10.0.0.1=1,10.0.0.1=2 | '10.0.0.1 is given twice'",
            })
    void shouldSayWhatIsWrongWhenTextCantBeRead(String text, String reason) {
        assertThatThrownBy(() -> EndpointWeights.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
