package io.pointsman.testkit.uml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class QuietCpuTest {
    @Test
    void shouldReadTheKernelsListOfProcessors() {
        assertThat(QuietCpu.parse("0-2,5")).containsExactly(0, 1, 2, 5);
        assertThat(QuietCpu.parse("3")).containsExactly(3);
    }

    @Test
    void shouldNameOneProcessorWhenThereAreSeveralAndAnotherForASecondKernel()
            throws IOException, InterruptedException {
        try (QuietCpu first = QuietCpu.take();
                QuietCpu second = QuietCpu.take()) {
            assertThat(first.prefix()).satisfiesAnyOf(none -> assertThat(none).isEmpty(), prefix -> {
                assertThat(prefix.getLast()).containsOnlyDigits();
                assertThat(second.prefix()).isNotEqualTo(prefix);
            });
        }
    }
}
