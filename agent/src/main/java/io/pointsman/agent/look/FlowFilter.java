package io.pointsman.agent.look;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Criteria for connections; an empty one matches all.
 *
 * @param client range of the client's address
 * @param endpoint range of the endpoint's address
 * @param state the protocol's name for it, in any case
 */
public record FlowFilter(
        Optional<ObjectName> service,
        Optional<Cidr> client,
        Optional<Cidr> endpoint,
        Optional<String> state,
        Optional<Protocol> protocol) {
    /**
     * Parses criteria by name.
     *
     * @throws IllegalArgumentException naming the one that is invalid, and what is allowed
     */
    public static FlowFilter parse(Map<String, String> words) {
        return new FlowFilter(
                Optional.ofNullable(words.get("service")).map(FlowFilter::service),
                Optional.ofNullable(words.get("client")).map(text -> range("client", text)),
                Optional.ofNullable(words.get("endpoint")).map(text -> range("endpoint", text)),
                Optional.ofNullable(words.get("state")),
                Optional.ofNullable(words.get("protocol")).map(FlowFilter::protocol));
    }

    private static ObjectName service(String text) {
        final int slash = text.indexOf('/');
        return slash < 0
                ? new ObjectName("default", text)
                : new ObjectName(text.substring(0, slash), text.substring(slash + 1));
    }

    private static Cidr range(String what, String text) {
        try {
            return text.contains("/") ? Cidr.parse(text) : Cidr.of(IpAddress.parse(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    what + ": \"" + text + "\" is no address and no range; give 10.0.0.1 or 10.0.0.0/8", e);
        }
    }

    private static Protocol protocol(String text) {
        try {
            return Protocol.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "protocol: \"" + text + "\" is not a protocol; give tcp, udp or sctp", e);
        }
    }

    /** Returns the criteria by name, as {@link #parse} takes them. */
    public Map<String, String> words() {
        final Map<String, String> words = new LinkedHashMap<>();
        service.ifPresent(value -> words.put("service", value.toString()));
        client.ifPresent(value -> words.put("client", value.toString()));
        endpoint.ifPresent(value -> words.put("endpoint", value.toString()));
        state.ifPresent(value -> words.put("state", value));
        protocol.ifPresent(value -> words.put("protocol", value.name()));
        return words;
    }

    public boolean admits(FlowRecord flow) {
        return (service.isEmpty()
                        || flow.owner()
                                .map(owner -> owner.service().equals(service.get()))
                                .orElse(false))
                && client.map(range -> range.contains(flow.original().source())).orElse(true)
                && endpoint.map(range -> range.contains(flow.reply().source())).orElse(true)
                && state.map(word -> word.equalsIgnoreCase(flow.state())).orElse(true)
                && protocol.map(one -> one == flow.original().protocol()).orElse(true);
    }
}
