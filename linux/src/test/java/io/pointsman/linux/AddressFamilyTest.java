package io.pointsman.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AddressFamilyTest {
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldKnowAFamilyByItsNumber(IpFamily family) {
        assertThat(AddressFamily.of(AddressFamily.number(family))).contains(family);
        assertThat(AddressFamily.of(AddressFamily.AF_UNSPEC)).isEmpty();
    }
}
