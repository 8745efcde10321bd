package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model of a backend that enters, makes, removes and strikes out at random, and is killed at every byte that the ledger
 * writes: whatever the kernel could hold then is known to the next run.
 */
class LedgerCrashTest {
    private static final int RUNS = 3;
    private static final int NEARLY_ENOUGH = 120;
    private static final int STEPS = 40;

    @TempDir
    private Path parent;

    private static final Kind<String> THINGS =
            new Kind<>(String.class, "", Function.identity(), LedgerCrashTest::thing);

    private static String thing(String text) {
        if (!text.matches("thing \\d+ end")) { // one that is cut short is not taken for another
            throw new IllegalArgumentException("no thing: " + text);
        }
        return text;
    }

    private final Set<String> kernel = new HashSet<>();
    private Path folder = Path.of("none yet");

    private byte[] file() throws IOException {
        final Path file = folder.resolve("owned");
        return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    }

    /** Cuts the ledger at every byte written since {@code before}, while the kernel holds what it does now. */
    private void killAtEveryByte(byte[] before) throws IOException {
        final byte[] after = file();
        final int common = Arrays.mismatch(before, after);
        if (common < 0) {
            return;
        }
        if (common < before.length) {
            requireKnown(before); // it was rewritten, at once
            requireKnown(after);
            return;
        }
        for (int length = before.length; length <= after.length; length++) {
            requireKnown(Arrays.copyOf(after, length));
        }
    }

    private void requireKnown(byte[] bytes) throws IOException {
        final Path crashed = folder.resolveSibling("crashed");
        Files.createDirectories(crashed);
        Files.write(crashed.resolve("owned"), bytes);
        final Ledger next = Ledger.openInBoot("A", crashed, THINGS);
        assertThat(next.owned(THINGS)).containsAll(kernel);
        assertThat(next.complaints()).isEmpty();

        final Set<String> owned = new HashSet<>(next.owned(THINGS));
        next.enter(THINGS, List.of("thing 0 end"));
        owned.add("thing 0 end");
        assertThat(Ledger.openInBoot("A", crashed, THINGS).owned(THINGS)).isEqualTo(owned);
    }

    private void run(long seed) throws IOException {
        final Random random = new Random(seed);
        final Ledger ledger = Ledger.openInBoot("A", folder, THINGS);
        for (int i = 0; i < NEARLY_ENOUGH; i++) { // so that it is rewritten while it is watched
            ledger.enter(THINGS, List.of("thing 0 end"));
            ledger.strike(THINGS, List.of("thing 0 end"));
        }
        for (int step = 0; step < STEPS; step++) {
            final List<String> things = new ArrayList<>();
            final byte[] before = file();
            if (kernel.isEmpty() || random.nextInt(100) < 55) {
                random.ints(1 + random.nextInt(4), 1, 60).forEach(number -> things.add("thing " + number + " end"));
                ledger.enter(THINGS, things);
                killAtEveryByte(before);
                kernel.addAll(things);
            } else {
                kernel.stream().limit(1 + random.nextInt(5)).forEach(things::add);
                things.forEach(kernel::remove);
                ledger.strike(THINGS, things);
                killAtEveryByte(before);
            }
            assertThat(ledger.owned(THINGS)).isEqualTo(kernel);
        }
    }

    @Test
    void shouldKnowWhateverTheKernelCouldHoldWhenItIsKilledAtAnyByte() throws IOException {
        final long start = new Random().nextLong();
        for (long seed = start; seed < start + RUNS; seed++) {
            folder = parent.resolve("run" + (seed - start)).resolve("state");
            Files.createDirectory(folder.getParent());
            kernel.clear();
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("with seed " + seed, e);
            }
        }
    }
}
