package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Request;
import io.pointsman.model.ObjectName;

/** Parses the parameters of a request. An invalid one is an {@link IllegalArgumentException} that says what is allowed. */
final class Parameters {
    private Parameters() {}

    static String required(Request request, String name, String example) {
        return request.parameter(name)
                .filter(value -> !value.isBlank())
                .orElseThrow(
                        () -> new IllegalArgumentException(name + ": is missing; give " + example + " for instance"));
    }

    /** Parses an integer in a range, bounds included. */
    static int number(Request request, String name, int usual, int least, int most) {
        final String text = request.parameter(name).orElse(String.valueOf(usual));
        try {
            final int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException _) {
            // reported below
        }
        throw new IllegalArgumentException(name + ": \"" + text + "\" is not in " + least + ".." + most);
    }

    static ObjectName service(Request request) {
        final String text = required(request, "name", "default/web");
        final int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(
                    "name: \"" + text + "\" has no namespace; give default/web for instance");
        }
        return new ObjectName(text.substring(0, slash), text.substring(slash + 1));
    }
}
