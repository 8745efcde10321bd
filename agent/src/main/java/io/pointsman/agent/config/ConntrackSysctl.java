package io.pointsman.agent.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel parameter of connection tracking, and the value to set.
 *
 * @param name in full, such as {@code net.netfilter.nf_conntrack_max}
 */
public record ConntrackSysctl(String name, long value) {
    /** Limit on the number of connections, which is only ever raised. */
    public static final String MAX = "net.netfilter.nf_conntrack_max";

    private static final Pattern NAME = Pattern.compile("net\\.netfilter\\.nf_conntrack_[a-z0-9_]{1,60}");
    private static final Pattern TEXT = Pattern.compile("([^=]+)=([0-9]{1,10})");

    public ConntrackSysctl {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is not a parameter of connection tracking, net.netfilter.nf_conntrack_*");
        }
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(name + ": " + value + " is not in 0.." + Integer.MAX_VALUE);
        }
    }

    static ConntrackSysctl parse(String text) {
        final Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not NAME=NUMBER");
        }
        return new ConntrackSysctl(parts.group(1).strip(), Long.parseLong(parts.group(2)));
    }

    /** Returns {@code NAME=NUMBER}. */
    @Override
    public String toString() {
        return name + "=" + value;
    }
}
