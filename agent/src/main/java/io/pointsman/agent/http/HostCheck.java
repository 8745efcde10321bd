package io.pointsman.agent.http;

import io.pointsman.model.IpAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Keeps web pages from reading a port through a name of their own (DNS rebinding): after {@code evil.example} has come to
 * resolve to this host, a browser takes it for the page's own site, but still sends the name as Host. Accepted hosts are
 *
 * <ul>
 *   <li>any IP address: only this host serves pages under it, and behind a port forwarding it is not one bound here;
 *   <li>{@code localhost}, names below it (RFC 6761), and Debian's names for ::1;
 *   <li>one of the given names;
 *   <li>none at all, in HTTP/1.0, which browsers never use.
 * </ul>
 *
 * The port is ignored, as port forwarding changes it.
 */
public final class HostCheck implements Responder {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]@/]*?)\\.?(:[0-9]{0,5})?");
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "ip6-localhost", "ip6-loopback");

    private final Responder responder;
    private final Set<String> names;

    /** @param names names of this host, besides the loopback ones; case and a trailing dot are ignored */
    public HostCheck(Responder responder, Set<String> names) {
        this.responder = responder;
        this.names = names.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .map(name -> name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Answer respond(Request request) {
        final Optional<String> host = request.host().filter(some -> !some.isEmpty());
        if (host.isEmpty()) {
            return request.isHttp10()
                    ? responder.respond(request)
                    : Reply.text(400, "HTTP/1.1 asks for a Host header (RFC 9112, section 3.2)\n");
        }
        return isOwn(host.get())
                ? responder.respond(request)
                : Reply.text(421, "this host does not answer by that name: ask for its address, or for localhost\n");
    }

    private boolean isOwn(String authority) {
        final Matcher parts = HOST.matcher(authority);
        if (!parts.matches()) {
            return false;
        }
        final String host = parts.group(1).toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            return IpAddress.tryParse(host.substring(1, host.length() - 1)).isPresent();
        }
        return LOOPBACK_NAMES.contains(host)
                || host.endsWith(".localhost")
                || names.contains(host)
                || IpAddress.tryParse(host).isPresent();
    }
}
