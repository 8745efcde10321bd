package io.pointsman.linux.route;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.IpAddress;
import java.util.List;
import java.util.Optional;

/** Messages about addresses: ifaddrmsg (family:u8, prefix length:u8, flags:u8, scope:u8, index:u32) and IFA_*. */
final class AddressMessages {
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    private static final int FIXED_BYTES = 8;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_F_NODAD = 0x02;
    private static final int IFA_F_TENTATIVE = 0x40;

    private AddressMessages() {}

    /** Lists addresses of an interface, or of all for index 0; filters here as well, for kernels without strict checking. */
    static List<LinkAddress> list(NetlinkSocket socket, int linkIndex) throws KernelException {
        fixed(socket.request(RTM_GETADDR, 0), 0, 0, 0, linkIndex);
        return socket.dump(
                "listing addresses",
                message -> linkIndex == 0 || message.u32(4) == linkIndex ? read(message) : Optional.empty());
    }

    private static Optional<LinkAddress> read(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        // on a point-to-point link IFA_ADDRESS is the peer's
        return attributes
                .address(IFA_LOCAL)
                .or(() -> attributes.address(IFA_ADDRESS))
                .map(address -> new LinkAddress(
                        message.u32(4), address, message.u8(1), (message.u8(2) & IFA_F_TENTATIVE) != 0));
    }

    static void add(NetlinkSocket socket, int linkIndex, IpAddress address, int prefixLength) throws KernelException {
        final int flags = address.isIpv4() ? 0 : IFA_F_NODAD;
        final int mode = MessageWriter.FLAG_CREATE | MessageWriter.FLAG_EXCL;
        fixed(socket.request(RTM_NEWADDR, mode), AddressFamily.number(address), prefixLength, flags, linkIndex)
                .attributeAddress(IFA_LOCAL, address)
                .attributeAddress(IFA_ADDRESS, address);
        socket.execute("adding address " + address + "/" + prefixLength + " to interface " + linkIndex);
    }

    static void delete(NetlinkSocket socket, int linkIndex, IpAddress address, int prefixLength)
            throws KernelException {
        fixed(socket.request(RTM_DELADDR, 0), AddressFamily.number(address), prefixLength, 0, linkIndex)
                .attributeAddress(IFA_LOCAL, address)
                .attributeAddress(IFA_ADDRESS, address);
        socket.execute("deleting address " + address + "/" + prefixLength + " of interface " + linkIndex);
    }

    private static MessageWriter fixed(MessageWriter writer, int family, int prefixLength, int flags, int linkIndex) {
        return writer.u8(family).u8(prefixLength).u8(flags).u8(0).u32(linkIndex);
    }
}
