package io.pointsman.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class LinuxSocketOptionTest {
    private static final int AF_INET = 2;

    @Test
    void shouldSetAnOptionThatNeedsNoPrivilege() throws KernelException {
        final int fd = SocketCalls.socket(AF_INET, SocketCalls.SOCK_DGRAM, 0);
        try {
            assertThat(LinuxSocketOption.IP_FREEBIND.get(fd)).isZero();
            LinuxSocketOption.IP_FREEBIND.set(fd, 1);
            assertThat(LinuxSocketOption.IP_FREEBIND.get(fd)).isEqualTo(1);
        } finally {
            FileCalls.close(fd);
        }
    }

    @Test
    void shouldNameTheOptionAndTheErrorWhenTheKernelRefuses() {
        assertThatThrownBy(() -> LinuxSocketOption.IP_TRANSPARENT.set(-1, 1))
                .asInstanceOf(InstanceOfAssertFactories.type(KernelException.class))
                .satisfies(e -> {
                    assertThat(e.errno()).isEqualTo(Errno.EBADF);
                    assertThat(e).hasMessageContaining("IP_TRANSPARENT").hasMessageContaining("EBADF");
                });
    }
}
