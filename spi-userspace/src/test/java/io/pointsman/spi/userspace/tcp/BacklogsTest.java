package io.pointsman.spi.userspace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Tests which connection is cut when memory for unsent bytes is used up. */
class BacklogsTest {
    private static final long SECOND = 1_000_000_000;

    private static Backlog backlog(long bytes, long since) {
        final Backlog backlog = new Backlog("one", () -> {});
        backlog.begin(since);
        backlog.holds(bytes);
        return backlog;
    }

    @Test
    void shouldFindTheOneThatHoldsLongestWithoutProgressTheSlowest() {
        final Backlog stalled = backlog(100_000, 0);
        final Backlog newcomer = backlog(500_000, 9 * SECOND);
        final Backlog busy = backlog(500_000, 0);
        for (long second = 1; second <= 10; second++) {
            busy.sent(1_000_000, second * SECOND);
        }
        final long now = 10 * SECOND;
        assertThat(stalled.slowness(now)).isGreaterThan(newcomer.slowness(now));
        assertThat(newcomer.slowness(now)).isGreaterThan(busy.slowness(now));
    }

    @Test
    void shouldNotLiveOnWhatWasSentLongAgo() {
        final Backlog once = backlog(100_000, 0);
        final Backlog steady = backlog(100_000, 0);
        once.sent(10_000_000, SECOND);
        for (long second = 1; second <= 60; second++) {
            once.sent(1, second * SECOND);
            steady.sent(10_000, second * SECOND);
        }
        assertThat(once.slowness(60 * SECOND)).isGreaterThan(steady.slowness(60 * SECOND));
    }

    @Test
    void shouldCutTheSlowestOfTheEventLoopThatHoldsMost() {
        final UnsentLimit limit = new UnsentLimit(1_000_000);
        final AtomicLong now = new AtomicLong();
        final Backlogs crowded = new Backlogs(limit, Runnable::run, now::get);
        final Backlogs other = new Backlogs(limit, Runnable::run, now::get);
        limit.watch(List.of(crowded, other));
        final List<String> cut = new ArrayList<>();
        final Backlog stalled = new Backlog("stalled", () -> cut.add("stalled"));
        final Backlog quick = new Backlog("quick", () -> cut.add("quick"));
        crowded.update(stalled, 300_000, 0);
        crowded.update(quick, 300_000, 0);
        now.set(SECOND);
        crowded.update(quick, 300_000, 5_000_000);
        other.update(new Backlog("newcomer", () -> cut.add("newcomer")), 350_000, 0);
        assertThat(cut).isEmpty();
        other.update(new Backlog("next", () -> cut.add("next")), 60_000, 0);
        assertThat(cut).containsExactly("stalled");
        assertThat(limit.heldBytes()).isEqualTo(710_000);
    }

    @Test
    void shouldCountWhatIsHeldAndSayWhenMemoryIsShort() {
        final UnsentLimit limit = new UnsentLimit(1_000_000);
        final Backlogs loop = new Backlogs(limit, Runnable::run, () -> 0);
        limit.watch(List.of(loop));
        final Backlog one = new Backlog("one", () -> {});
        final Backlog other = new Backlog("other", () -> {});
        loop.update(one, 400_000, 0);
        loop.update(other, 200_000, 0);
        assertThat(limit.heldBytes()).isEqualTo(600_000);
        assertThat(limit.isShort()).isTrue();
        assertThat(limit.within(1 << 20)).isEqualTo(UnsentLimit.SHORT_BYTES);
        loop.update(one, 0, 400_000);
        assertThat(limit.heldBytes()).isEqualTo(loop.heldBytes()).isEqualTo(200_000);
        assertThat(limit.isShort()).isFalse();
        assertThat(limit.within(1 << 20)).isEqualTo(1 << 20);
        loop.update(other, 0, 0);
        loop.update(other, 0, 0);
        assertThat(limit.heldBytes()).isZero();
    }
}
