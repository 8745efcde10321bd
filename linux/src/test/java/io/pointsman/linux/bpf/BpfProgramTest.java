package io.pointsman.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BpfProgramTest {
    private static final int PASS = 2;
    private static final int DROP = 1;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces(); // skips where nothing of this is allowed

    private NetworkNamespace namespace = NetworkNamespace.named("none");

    @BeforeEach
    void makeNamespace() throws Exception {
        namespace = namespaces.create();
    }

    /** Passes what has this first byte in a map, with the value that is there, and drops the rest. */
    private static long[] lookingInto(BpfMap map) {
        final Label drop = new Label("drop");
        return new Assembler()
                .load(Width.WORD, Register.R2, Register.R1, 0)
                .load(Width.WORD, Register.R3, Register.R1, 4)
                .move(Register.R4, Register.R2)
                .add(Register.R4, 14)
                .jumpIf(Register.R4, Comparison.ABOVE, Register.R3, drop)
                .load(Width.BYTE, Register.R5, Register.R2, 0)
                .store(Width.WORD, Register.R10, -4, Register.R5)
                .loadMap(Register.R1, map)
                .move(Register.R2, Register.R10)
                .add(Register.R2, -4)
                .call(Helper.MAP_LOOKUP)
                .jumpIf(Register.R0, Comparison.EQUAL, 0, drop)
                .load(Width.WORD, Register.R0, Register.R0, 0)
                .exit()
                .mark(drop)
                .move(Register.R0, DROP)
                .exit()
                .assemble();
    }

    @Test
    void shouldRunAProgramThatReadsAMap() throws Exception {
        try (BpfMap map = BpfMap.create(MapType.HASH, "pm_test", 4, 4, 2);
                BpfProgram program = BpfProgram.load("pm_test", lookingInto(map))) {
            final byte[] frame = new byte[64];
            frame[0] = 7;
            assertThat(program.run(frame)).isEqualTo(DROP);
            final byte[] key = {7, 0, 0, 0};
            map.put(key, PASS);
            assertThat(program.run(frame)).isEqualTo(PASS);
            assertThat(map.get(key)).contains(new byte[] {PASS, 0, 0, 0});
            assertThat(map.remove(key)).isTrue();
            assertThat(map.remove(key)).isFalse();
            assertThat(map.get(key)).isEmpty();
            assertThat(program.run(frame)).isEqualTo(DROP);
        }
    }

    @Test
    void shouldSayThatAMapIsFull() throws Exception {
        try (BpfMap map = BpfMap.create(MapType.HASH, "pm_test", 4, 4, 1)) {
            map.put(new byte[4], 1);
            assertThatThrownBy(() -> map.put(new byte[] {1, 0, 0, 0}, 1))
                    .isInstanceOf(KernelException.class)
                    .hasMessage("adding to BPF map pm_test: E2BIG (too long)");
            assertThatThrownBy(() -> map.put(new byte[5], 1)).hasMessage("5 bytes are not 4");
        }
    }

    @Test
    void shouldSayWhatTheVerifierSaysWhenItRefusesAProgram() {
        final long[] unchecked = new Assembler()
                .load(Width.WORD, Register.R2, Register.R1, 0)
                .load(Width.BYTE, Register.R0, Register.R2, 0) // may be beyond the frame
                .exit()
                .assemble();
        assertThatThrownBy(() -> BpfProgram.load("pm_bad", unchecked))
                .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.EACCES))
                        .isTrue())
                .hasMessageContaining("loading BPF program pm_bad")
                .hasMessageContaining("invalid access to packet");
    }

    @Test
    void shouldRunOnAnInterfaceUntilItIsClosed() throws Exception {
        namespace.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open();
                    BpfProgram program = BpfProgram.load(
                            "pm_pass",
                            new Assembler().move(Register.R0, PASS).exit().assemble())) {
                netlink.addVethPair("one", "two");
                final int link = netlink.linkIndex("one");
                try (XdpLink _ = program.attach(link, XdpMode.NATIVE)) {
                    assertThatThrownBy(() -> program.attach(link, XdpMode.NATIVE))
                            .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.EBUSY))
                                    .isTrue());
                }
                program.attach(link, XdpMode.GENERIC).close();
            }
            return true;
        });
    }
}
