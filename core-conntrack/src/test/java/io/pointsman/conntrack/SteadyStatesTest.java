package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SteadyStatesTest {
    private static final int TCP = 0;
    private static final int UDP = 1;
    private static final int ESTABLISHED = 1000;
    private static final int UNREPLIED = 30;
    private static final int STREAM = 120;
    private static final long OTHER_BITS = Control.withDeadline(0x3F_F000, 77); // a generation and a deadline
    private static final long ANSWERED_TCP = Control.withProtocolState(
            Control.LIVE | Control.SEEN_REPLY | Control.ASSURED | OTHER_BITS, TcpState.ESTABLISHED);

    private final SteadyStates states = new SteadyStates(true, ESTABLISHED, UNREPLIED, STREAM);

    @Test
    void shouldFindEstablishedTcpSteadyInBothDirections() {
        assertThat(states.enough(ANSWERED_TCP, TCP)).isEqualTo(Control.remaining(ESTABLISHED));
        assertThat(states.enough(ANSWERED_TCP | Control.REPLY, TCP)).isEqualTo(Control.remaining(ESTABLISHED));
    }

    @Test
    void shouldFindAllOtherTcpStatesNotSteady() {
        assertThat(states.enough(ANSWERED_TCP & ~Control.ASSURED, TCP)).isEqualTo(SteadyStates.NOT_STEADY);
        assertThat(states.enough(ANSWERED_TCP & ~Control.SEEN_REPLY, TCP)).isEqualTo(SteadyStates.NOT_STEADY);
        assertThat(states.enough(Control.withState(ANSWERED_TCP, Control.DYING), TCP))
                .isEqualTo(SteadyStates.NOT_STEADY);
        for (int state = 0; state < TcpState.STATES; state++) {
            if (state != TcpState.ESTABLISHED) {
                assertThat(states.enough(Control.withProtocolState(ANSWERED_TCP, state), TCP))
                        .isEqualTo(SteadyStates.NOT_STEADY);
            }
        }
    }

    @Test
    void shouldFindNoTcpSteadyWhereWindowsAreChecked() {
        final SteadyStates checked = new SteadyStates(false, ESTABLISHED, UNREPLIED, STREAM);
        assertThat(checked.enough(ANSWERED_TCP, TCP)).isEqualTo(SteadyStates.NOT_STEADY);
    }

    @Test
    void shouldFindUdpSteadyUnlessItsFirstAnswerComes() {
        final long live = Control.LIVE | OTHER_BITS;
        assertThat(states.enough(live, UDP)).isEqualTo(Control.remaining(UNREPLIED));
        assertThat(states.enough(live | Control.REPLY, UDP)).isEqualTo(SteadyStates.NOT_STEADY);
        assertThat(states.enough(live | Control.SEEN_REPLY, UDP)).isEqualTo(Control.remaining(STREAM));
        assertThat(states.enough(live | Control.REPLY | Control.SEEN_REPLY, UDP))
                .isEqualTo(Control.remaining(STREAM));
        assertThat(states.enough(Control.withState(live, Control.TENTATIVE), UDP))
                .isEqualTo(SteadyStates.NOT_STEADY);
    }
}
