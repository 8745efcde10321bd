package io.pointsman.testkit.outsiders;

import io.pointsman.model.IpAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A web page of the agent.
 *
 * @param path path with its leading slash
 */
public record Target(IpAddress address, int port, String path) {
    public Target {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(path, "path");
    }

    InetSocketAddress socketAddress() {
        return new InetSocketAddress(address.toInetAddress(), port);
    }

    /** Returns a complete request for the page. */
    String request() {
        return "GET " + path + " HTTP/1.1\r\nHost: " + address.withPort(port) + "\r\n\r\n";
    }

    @Override
    public String toString() {
        return "http://" + address.withPort(port) + path;
    }
}
