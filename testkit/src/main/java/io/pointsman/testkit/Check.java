package io.pointsman.testkit;

import java.util.Objects;
import java.util.Optional;

/** A check; {@code failure} says what was expected and what was found. */
record Check(String name, Optional<String> failure) {
    static Check equal(String name, Object expected, Object actual) {
        return Objects.equals(expected, actual)
                ? new Check(name, Optional.empty())
                : failed(name, "expected " + expected + " but found " + actual);
    }

    static Check failed(String name, String why) {
        return new Check(name, Optional.of(why));
    }
}
