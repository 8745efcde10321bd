package io.pointsman.linux.program;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An application that embeds us: it runs a program in another network namespace, then has a virtual thread dial at home. */
final class VisitorMain {
    private VisitorMain() {}

    /** Takes the namespace's name; prints the outcome, or throws. */
    public static void main(String[] arguments) throws Exception {
        NetworkNamespace.named(arguments[0]).call(() -> Programs.ofNobody().feed("in", "sh", "-c", "cat; echo >&2"));
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final Thread dialer = Thread.ofVirtual().start(() -> {
                try (Socket _ = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                    System.out.println("dialed");
                } catch (IOException e) {
                    System.out.println("not dialed: " + e);
                }
            });
            dialer.join();
        }
    }
}
