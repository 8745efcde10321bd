package io.pointsman.agent.http;

import io.pointsman.model.IpAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Keeps web pages from reading a port through a name of their own (DNS rebinding): a browser takes {@code evil.example} for
 * the page's own site after that name has begun to resolve to this host, but still sends it as Host. Answered is who asks for
 *
 * <ul>
 *   <li>an IP address, whichever: no page is served under it but by this host, and behind a port forwarding it is not one
 *       that is bound here;
 *   <li>{@code localhost}, names below it (RFC 6761), and what Debian's hosts file calls ::1;
 *   <li>one of the names given;
 *   <li>nobody in particular, in HTTP/1.0: browsers never do.
 * </ul>
 *
 * The port does not matter: a forwarded one is another.
 */
public final class HostCheck implements Responder {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]@/]*?)\\.?(:[0-9]{0,5})?");
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "ip6-localhost", "ip6-loopback");

    private final Responder responder;
    private final Set<String> names;

    /** @param names those that this host is asked by, besides the loopback ones; case and a last dot do not matter */
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
