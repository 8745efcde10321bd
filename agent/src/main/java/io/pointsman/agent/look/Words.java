package io.pointsman.agent.look;

import java.util.Locale;

/** Constants of enums as they are written elsewhere. */
final class Words {
    private Words() {}

    /** {@code BYTES_TO_CLIENTS} as {@code bytesToClients}. */
    static String camel(Enum<?> constant) {
        final StringBuilder text = new StringBuilder();
        for (String word : constant.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            text.append(text.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return text.toString();
    }

    /** {@code NODE_PORT} as {@code node-port}. */
    static String dashed(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The constant that {@link #dashed} wrote so. */
    static <E extends Enum<E>> E undashed(Class<E> type, String text) {
        return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
