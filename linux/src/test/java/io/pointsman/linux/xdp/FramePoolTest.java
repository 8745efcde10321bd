package io.pointsman.linux.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FramePoolTest {
    private static final int FRAMES = 16;
    private static final int FRAME_BYTES = 2048;

    @Test
    void shouldHandOutEachFrameOnceAndTakeItBackByAnyAddressInIt() throws Exception {
        try (FramePool pool = FramePool.allocate(FRAMES, FRAME_BYTES)) {
            assertThat(pool.maxLength()).isEqualTo(1792);
            final Set<Long> starts = new HashSet<>();
            for (int i = 0; i < FRAMES; i++) {
                final long frame = pool.take();
                assertThat((frame - FramePool.HEADROOM - pool.base()) % FRAME_BYTES)
                        .isZero();
                starts.add(frame);
            }
            assertThat(starts).hasSize(FRAMES);
            assertThat(pool.take()).as("none is left").isZero();

            final long one = starts.iterator().next();
            pool.give(one + pool.maxLength() - 1);
            assertThat(pool.available()).isEqualTo(1);
            assertThat(pool.take()).isEqualTo(one);
        }
    }

    @Test
    void shouldRefuseSizesThatTheKernelDoesNotTake() {
        assertThatThrownBy(() -> FramePool.allocate(FRAMES, 3000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("16 frames of 3000 bytes can't be had");
        assertThatThrownBy(() -> FramePool.allocate(0, FRAME_BYTES)).isInstanceOf(IllegalArgumentException.class);
    }
}
