#!/usr/bin/env bash
# The JDK refuses to bind an IPv4 socket to a loopback address that ends in 255, which the kernel would take.
#
# Guessed: all of 127.0.0.0/8 can be bound on Linux but for its broadcast address, 127.255.255.255, by channels as by any other program.
# What happens: of channels opened for IPv4 (StandardProtocolFamily.INET, or all of them with preferIPv4Stack), 127.x.y.255 is refused
#          with "Cannot assign requested address" before the kernel is asked. Channels and sockets opened for both families, the
#          default, take it. JDK 17 and 25.
# Affected:    programs that give each service a loopback address of its own, and tests that pick one at random: one of 256 fails, and
#          says that the host lacks the address.
#
# Takes Linux, a JDK 17 or later; no root.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/Bind.java" <<'JAVA'
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;

class Bind {
    public static void main(String[] arguments) throws IOException {
        for (String address : new String[] {"127.45.67.89", "127.45.67.255", "127.45.255.67"}) {
            tell("a server channel for IPv4", ServerSocketChannel.open(StandardProtocolFamily.INET), address);
            tell("a server channel for both", ServerSocketChannel.open(), address);
            tell("a datagram channel for IPv4", DatagramChannel.open(StandardProtocolFamily.INET), address);
            tell("a datagram channel for both", DatagramChannel.open(), address);
        }
    }

    private static void tell(String what, NetworkChannel channel, String address) throws IOException {
        try (Closeable closed = channel) {
            channel.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            System.out.println("# " + what + " at " + address + ": bound");
        } catch (IOException e) {
            System.out.println("# " + what + " at " + address + ": " + e.getMessage());
        }
    }
}
JAVA
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
"$java_home/bin/java" -version 2>&1 | head -n 1
uname -sr
"$java_home/bin/java" "$folder/Bind.java" | tee "$folder/seen"

result=0
expect() {
  grep -qxF -- "# $1" "$folder/seen" || { echo "not seen any more: $1" >&2; result=1; }
}
for kind in server datagram; do
  expect "a $kind channel for IPv4 at 127.45.67.89: bound"
  expect "a $kind channel for IPv4 at 127.45.67.255: Cannot assign requested address"
  expect "a $kind channel for both at 127.45.67.255: bound"
  expect "a $kind channel for IPv4 at 127.45.255.67: bound"
done
exit $result
