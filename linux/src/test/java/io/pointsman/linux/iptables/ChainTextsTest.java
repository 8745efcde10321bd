package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ChainTextsTest {
    private final ChainTexts texts = new ChainTexts();

    @Test
    void shouldWriteOnlyWhatDiffers() {
        texts.put("X-ONE", "-j DROP\n");
        texts.put("X-TWO", "");
        assertThat(texts.changes()).containsOnlyKeys("X-ONE", "X-TWO");
        texts.committed();
        assertThat(texts.changes()).isEmpty();

        texts.put("X-ONE", "-j DROP\n");
        texts.remove("X-TWO");
        assertThat(texts.changes()).containsOnlyKeys("X-TWO").containsValue(null);
        texts.committed();
        assertThat(texts.written()).isEqualTo(Map.of("X-ONE", "-j DROP\n"));
    }

    @Test
    void shouldLeadFromWhatTheKernelHasToWhatShouldBe() {
        texts.put("X-ONE", "-j DROP\n");
        texts.committed();
        texts.found(Map.of("X-ONE", "-j ACCEPT\n", "X-OLD", ""));

        assertThat(texts.changes()).containsEntry("X-ONE", "-j DROP\n").containsEntry("X-OLD", null);
    }
}
