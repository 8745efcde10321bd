package io.pointsman.testkit.contract;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A part of a contract's tests, so that several machines can each run one: the system property {@value #PROPERTY} is {@code
 * 2/3} for the second of three. Without it, all tests run.
 *
 * @param number number of the share, from 1
 * @param of number of shares
 */
public record Share(int number, int of) {
    /** System property that names a share. */
    public static final String PROPERTY = "pointsman.contract.share";

    /** Creates a share. */
    public Share {
        if (number < 1 || number > of) {
            throw new IllegalArgumentException("no share: " + number + "/" + of);
        }
    }

    static Share ofThisJvm() {
        return parse(System.getProperty(PROPERTY, "1/1"));
    }

    static Share parse(String text) {
        final String[] numbers = text.split("/", 2);
        if (numbers.length != 2) {
            throw new IllegalArgumentException("not a share such as 2/3: " + text);
        }
        return new Share(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }

    /** Returns the share's elements of a list, in order. */
    <T> List<T> take(List<T> all) {
        return IntStream.range(0, all.size())
                .filter(i -> i % of == number - 1)
                .mapToObj(i -> all.get(i))
                .toList();
    }

    /** Formats as the property's value. */
    @Override
    public String toString() {
        return number + "/" + of;
    }
}
