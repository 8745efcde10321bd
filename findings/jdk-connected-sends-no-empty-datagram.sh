#!/usr/bin/env bash
# A connected UDP socket of the JDK sends no datagram without payload, and reports that it did.
#
# One would expect: a datagram of no bytes is one like any other (RFC 768 allows it), and it is sent: some protocols use it to keep a
#                   mapping open, or to say "I am here" (RFC 868 asks for it). C's send(2) sends it.
# What happens:     DatagramChannel.write and send, and DatagramSocket.send, return as if all was well once the socket is connected, and no packet
#                   leaves. The same call on a socket that is not connected sends it.
# Affected:         relays, NAT keep-alives and time clients; and tests of them in Java.
#
# Takes a JDK 17 or later; no root.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/Empty.java" <<'JAVA'
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

class Empty {
    static DatagramSocket server;

    interface Way {
        void send(SocketAddress to) throws Exception;
    }

    /** How many bytes the first datagram has that arrives: 0, or 1 when the one behind it is the first. */
    static void tell(String way, Way empty) throws Exception {
        SocketAddress to = server.getLocalSocketAddress();
        empty.send(to);
        try (DatagramSocket other = new DatagramSocket()) {
            other.send(new DatagramPacket(new byte[1], 1, to));
        }
        DatagramPacket first = new DatagramPacket(new byte[8], 8);
        server.receive(first);
        if (first.getLength() == 0) {
            server.receive(new DatagramPacket(new byte[8], 8));
        }
        System.out.println(way + ": " + (first.getLength() == 0 ? "arrived" : "never sent"));
    }

    public static void main(String[] args) throws Exception {
        server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        tell("DatagramChannel, not connected, send", to -> DatagramChannel.open().send(ByteBuffer.allocate(0), to));
        tell("DatagramChannel, connected, write", to -> DatagramChannel.open().connect(to).write(ByteBuffer.allocate(0)));
        tell("DatagramChannel, connected, send", to -> DatagramChannel.open().connect(to).send(ByteBuffer.allocate(0), to));
        tell("DatagramSocket, connected, send", to -> {
            DatagramSocket socket = new DatagramSocket();
            socket.connect(to);
            socket.send(new DatagramPacket(new byte[0], 0));
        });
    }
}
JAVA
java -version 2>&1 | sed -n 2p
seen=$(java "$folder/Empty.java")
echo "$seen"
[[ $(grep -c 'not connected, send: arrived' <<<"$seen") -eq 1 && $(grep -c ', connected, .*: never sent' <<<"$seen") -eq 3 ]] ||
  { echo "not seen any more" >&2; exit 1; }
