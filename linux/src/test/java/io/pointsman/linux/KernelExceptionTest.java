package io.pointsman.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class KernelExceptionTest {
    @Test
    void shouldSayWhatWasTriedTheErrorsNameAndTheKernelsWords() {
        final KernelException e = new KernelException("adding 10.0.0.1/24 to eth0", Errno.EEXIST, "already assigned");
        assertThat(e).hasMessage("adding 10.0.0.1/24 to eth0: EEXIST (exists already): already assigned");
        assertThat(e.is(Errno.EEXIST)).isTrue();
        assertThat(e.is(Errno.EPERM)).isFalse();
        assertThat(e.errno()).isEqualTo(Errno.EEXIST);
    }

    @Test
    void shouldSayWhatItNeedsWhenAPrivilegeIsMissing() {
        assertThat(new KernelException("adding a route", Errno.EPERM))
                .hasMessage("adding a route: EPERM (operation not permitted); needs CAP_NET_ADMIN in the user namespace"
                        + " that owns this network namespace");
        assertThat(new KernelException("capturing", Errno.EACCES, "", "CAP_NET_RAW"))
                .hasMessage("capturing: EACCES (permission denied); needs CAP_NET_RAW");
        assertThat(new KernelException("capturing", Errno.EINVAL, "", "CAP_NET_RAW"))
                .hasMessage("capturing: EINVAL (invalid argument)");
    }

    @Test
    void shouldGiveTheNumberWhenItHasNoNameForIt() {
        assertThat(new Errno(1234)).hasToString("errno 1234");
        assertThat(new Errno(1234).name()).isEqualTo("errno 1234");
        assertThat(Errno.ENOBUFS.name()).isEqualTo("ENOBUFS");
    }

    @Test
    void shouldReadCapabilitiesFromAStatusFile() throws IOException {
        final ProcessCapabilities some =
                ProcessCapabilities.parse("Name:\tjava\nCapEff:\t0000000000003000\nSeccomp:\t0\n");
        assertThat(some.has(Capability.NET_ADMIN)).isTrue();
        assertThat(some.has(Capability.NET_RAW)).isTrue();
        assertThat(some.has(Capability.SYS_ADMIN)).isFalse();
        assertThat(ProcessCapabilities.parse("CapEff:\tffffffffffffffff").has(Capability.BPF))
                .isTrue();
        assertThatThrownBy(() -> ProcessCapabilities.parse("Name:\tjava")).isInstanceOf(IOException.class);
    }
}
