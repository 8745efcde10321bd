package io.pointsman.linux.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Compares messages byte for byte, as a little-endian kernel reads them. */
@EnabledIf("isLittleEndian")
class IpvsMessagesTest {
    private static final int HEADER_BYTES = 16;

    static boolean isLittleEndian() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    private static String hex(Consumer<MessageWriter> write) {
        final NetlinkBatch batch = new NetlinkBatch();
        write.accept(batch.add(0, 0, "a test"));
        final byte[] bytes = batch.toBytes();
        return HexFormat.of().formatHex(Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length));
    }

    @Test
    void shouldNameAnIpv4ServerByProtocolAddressAndPort() {
        assertThat(hex(writer ->
                        IpvsMessages.writeKey(writer, ServerKey.of(Protocol.TCP, IpAddress.parse("10.96.0.10"), 80))))
                .isEqualTo("3000" + "0180" // nested SERVICE
                        + "0600" + "0100" + "0200" + "0000" // AF_INET
                        + "0600" + "0200" + "0600" + "0000" // TCP
                        + "1400" + "0300" + "0a60000a" + "000000000000000000000000"
                        + "0600" + "0400" + "0050" + "0000"); // port, network order
    }

    @Test
    void shouldNameAServerByMark() {
        assertThat(hex(writer -> IpvsMessages.writeKey(writer, ServerKey.ofMark(IpFamily.IPV6, 0x50000001))))
                .isEqualTo("1400" + "0180" + "0600" + "0100" + "0a00" + "0000" + "0800" + "0500" + "01000050");
    }

    @Test
    void shouldDescribeAServerWithAllThatTheKernelWantsOfANewOne() {
        assertThat(hex(writer -> IpvsMessages.writeServer(
                        writer,
                        ServerKey.ofMark(IpFamily.IPV4, 7),
                        new ServerSpec("sh", ServerSpec.FALLBACK | ServerSpec.PERSISTENT, 300))))
                .isEqualTo("3800" + "0180" + "0600" + "0100" + "0200" + "0000" + "0800" + "0500" + "07000000"
                        + "0700" + "0600" + "736800" + "00" // sh
                        + "0c00" + "0700" + "09000000" + "3d000000" // flags and which of them count
                        + "0800" + "0800" + "2c010000" // timeout
                        + "0800" + "0900" + "ffffffff"); // netmask
    }

    @Test
    void shouldDescribeADestinationAsMasqueraded() {
        assertThat(hex(writer ->
                        IpvsMessages.writeDestination(writer, new Destination(IpAddress.parse("fd00::1"), 8080), 5)))
                .isEqualTo("4800" + "0280"
                        + "0600" + "0b00" + "0a00" + "0000" // AF_INET6
                        + "1400" + "0100" + "fd000000000000000000000000000001"
                        + "0600" + "0200" + "1f90" + "0000"
                        + "0800" + "0300" + "00000000" // masquerading
                        + "0800" + "0400" + "05000000" // weight
                        + "0800" + "0500" + "00000000"
                        + "0800" + "0600" + "00000000");
    }
}
