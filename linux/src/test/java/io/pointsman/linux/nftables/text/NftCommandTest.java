package io.pointsman.linux.nftables.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NftCommandTest {
    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldDoAllOfATextOrNothing() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final NftCommand nft = new NftCommand(new Programs("", builder -> namespace.call(builder::start)));
        Assumptions.assumeTrue(
                namespace.call(() -> NftCommand.refusal("table inet one {}\n")).isEmpty(), "nft does not work here");

        nft.execute("table inet one { set s { type ipv4_addr; }\n}\n");
        assertThat(nft.hasTable("inet one")).isTrue();

        assertThatThrownBy(() -> nft.execute("table inet two {}\nadd element inet one s { fd00::1 }\n"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("nft: ");
        assertThat(nft.hasTable("inet two")).isFalse();
    }
}
