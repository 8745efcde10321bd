package io.pointsman.linux.genetlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.KernelException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GenericNetlinkTest {
    private static final int GET_FAMILY = 3;
    private static final int FAMILY_NAME = 2;

    @Test
    void shouldResolveAFamilyAndAskIt() throws KernelException {
        try (GenericNetlink controller = GenericNetlink.open("nlctrl", 2).orElseThrow()) {
            controller.request(GET_FAMILY, 0);
            final List<String> families = controller.dump(
                    "listing families",
                    message -> Optional.of(
                            message.attributes(GenericNetlink.FIXED_BYTES).text(FAMILY_NAME)));
            assertThat(families).contains("nlctrl");
        }
    }

    @Test
    void shouldBeEmptyWhenTheKernelHasNoSuchFamily() throws KernelException {
        assertThat(GenericNetlink.open("pointsman-none", 1)).isEmpty();
    }
}
