package io.pointsman.nat.counters;

import io.pointsman.model.EnumToken;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.status.CountersReader;

/**
 * Layout of a counters file: a header, Agrona's counter metadata, its values. A new layout gets a new version.
 *
 * <pre>
 * 0   version:int, 0 while the file is being made (release; pairs with the reader's acquire)
 * 8   process id:long
 * 16  started:long, milliseconds since 1970
 * 24  last published:long, milliseconds since 1970
 * 128 metadata, then values
 * </pre>
 */
public final class CounterLayout {
    static final int VERSION = 0x504D_0001; // "PM", 1
    static final int VERSION_OFFSET = 0;
    static final int PID_OFFSET = 8;
    static final int STARTED_OFFSET = 16;
    static final int PUBLISHED_OFFSET = 24;
    static final int METADATA_OFFSET = 128;
    static final int MAX_COUNTERS = 128;
    static final int METADATA_BYTES = MAX_COUNTERS * CountersReader.METADATA_LENGTH;
    static final int VALUES_OFFSET = METADATA_OFFSET + METADATA_BYTES;
    static final int VALUES_BYTES = MAX_COUNTERS * CountersReader.COUNTER_LENGTH;
    static final int FILE_BYTES = VALUES_OFFSET + VALUES_BYTES;

    /** Counter other than packets by reason and connect decisions by verdict. */
    public enum Total {
        /** Flows of the packet path now. */
        FLOWS_NOW,
        FLOWS_OPENED,
        FLOWS_ENDED,
        /** Flows ended without a reply, to make room; included in {@link #FLOWS_ENDED}. */
        FLOWS_EARLY_DROPPED,
        /** Flows not opened because the table was full. */
        FLOWS_REFUSED,
        /** Connections of socket backends now. */
        CONNECTIONS_NOW,
        CONNECTIONS_OPENED,
        CONNECTIONS_ENDED,
        CONNECTIONS_REFUSED,
        EVENTS_LOST,
        /**
         * IPv4 packets that the fast path cannot take (fragments, options, ICMP, SCTP, damage), and packets of neither
         * family.
         */
        UNCOMMON_IPV4,
        /** IPv6 packets that the fast path cannot take, those with extension headers included. */
        UNCOMMON_IPV6
    }

    private CounterLayout() {}

    /** Names of all counters, in the order of their numbers. */
    static List<String> names() {
        final List<String> names = new ArrayList<>();
        for (Total total : Total.values()) {
            final String name = EnumToken.of(total);
            final int group = name.indexOf('-');
            names.add(name.substring(0, group) + "." + name.substring(group + 1));
        }
        for (Verdict verdict : Verdict.values()) {
            names.add("connect." + EnumToken.of(verdict));
        }
        for (Reason reason : Reason.values()) {
            names.add("packets." + EnumToken.of(reason));
        }
        return names;
    }
}
