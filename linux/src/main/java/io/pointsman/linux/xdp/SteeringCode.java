package io.pointsman.linux.xdp;

import static io.pointsman.linux.bpf.Register.R0;
import static io.pointsman.linux.bpf.Register.R1;
import static io.pointsman.linux.bpf.Register.R10;
import static io.pointsman.linux.bpf.Register.R2;
import static io.pointsman.linux.bpf.Register.R3;
import static io.pointsman.linux.bpf.Register.R4;
import static io.pointsman.linux.bpf.Register.R5;
import static io.pointsman.linux.bpf.Register.R6;
import static io.pointsman.linux.bpf.Register.R7;
import static io.pointsman.linux.bpf.Register.R8;
import static io.pointsman.linux.bpf.Register.R9;

import io.pointsman.linux.bpf.Assembler;
import io.pointsman.linux.bpf.BpfMap;
import io.pointsman.linux.bpf.Comparison;
import io.pointsman.linux.bpf.Helper;
import io.pointsman.linux.bpf.Label;
import io.pointsman.linux.bpf.Width;

/**
 * Code of the program that an interface runs. A frame to a frontend, or with the tuple of a reply, goes to the socket of its
 * queue. All others, and every frame of a queue without a socket, pass to the kernel. An ICMP error goes where a reply to
 * the packet that it quotes would. A later fragment goes where its packet's first fragment went, or, before that arrives, by
 * its address.
 *
 * <p>Registers: R2 the frame, later the transport header; R3 its end; R6 the context; R7 the protocol; R8 the destination
 * port; R9 the identification of a fragment. On the stack: the {@linkplain SteeringKey tuple}, and the kind of fragment.
 */
final class SteeringCode {
    static final int PASS = 2; // XDP_PASS

    private static final int FRAME = 0; // offsets in struct xdp_md
    private static final int FRAME_END = 4;
    private static final int QUEUE = 16;
    private static final int ETHERNET_BYTES = 14;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int FRAGMENT_BYTES = 8; // of IPv6's extension header
    private static final int ICMP_BYTES = 8;
    private static final int PORTS_BYTES = 4;
    private static final int ETHERTYPE_IPV4 = 0x0008; // as a little-endian load sees it, like the next ones
    private static final int ETHERTYPE_IPV6 = 0xDD86;
    private static final int IPV4_OFFSET = 0xFF1F; // 0x1FFF
    private static final int IPV4_MORE = 0x0020; // 0x2000
    private static final int IPV6_OFFSET = 0xF8FF; // 0xFFF8
    private static final int IPV6_MORE = 0x0100; // 0x0001
    private static final int MAPPED = 0xFFFF_0000; // ::ffff
    private static final int KEY = -SteeringKey.TUPLE_BYTES;
    private static final int KIND = KEY - Long.BYTES;
    private static final int WHOLE = 0;
    private static final int FIRST = 1;
    private static final int LATER = 2;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SCTP = 132;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int IPV6_FRAGMENT = 44;

    private final Maps maps;
    private final Label pass = new Label("pass");
    private final Label ipv6 = new Label("ipv6");
    private final Label later = new Label("later");
    private final Label ports = new Label("ports");
    private final Label withPorts = new Label("with-ports");
    private final Label lookUp = new Label("look-up");
    private final Label lookUpFragment = new Label("look-up-fragment");
    private final Label found = new Label("found");
    private final Label redirect = new Label("redirect");

    /**
     * Maps that the program reads: the first has frontends as keys, replies and fragments have tuples, sockets have queues.
     */
    record Maps(BpfMap frontends, BpfMap replies, BpfMap fragments, BpfMap sockets) {}

    private SteeringCode(Maps maps) {
        this.maps = maps;
    }

    static long[] assemble(Maps maps) {
        final SteeringCode code = new SteeringCode(maps);
        final Assembler assembler = new Assembler();
        code.ethernet(assembler);
        code.ipv4(assembler);
        code.ipv6(assembler);
        code.ports(assembler);
        code.lookUp(assembler);
        code.redirect(assembler);
        return assembler.assemble();
    }

    private void ethernet(Assembler code) {
        code.move(R6, R1)
                .load(Width.WORD, R2, R6, FRAME)
                .load(Width.WORD, R3, R6, FRAME_END)
                .move(R8, 0)
                .store(Width.WORD, R10, KEY + SteeringKey.SOURCE_PORT, 0)
                .store(Width.DOUBLE, R10, KIND, WHOLE)
                .move(R4, R2)
                .add(R4, ETHERNET_BYTES + IPV4_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, pass)
                .load(Width.HALF, R5, R2, 12)
                .jumpIf(R5, Comparison.EQUAL, ETHERTYPE_IPV6, ipv6)
                .jumpIf(R5, Comparison.NOT_EQUAL, ETHERTYPE_IPV4, pass);
    }

    private void ipv4(Assembler code) {
        final Label noError = new Label("ipv4-no-error");
        mapped(code, KEY, ETHERNET_BYTES + 12);
        mapped(code, KEY + SteeringKey.DESTINATION, ETHERNET_BYTES + 16);
        code.load(Width.BYTE, R7, R2, ETHERNET_BYTES + 9)
                .load(Width.HALF, R9, R2, ETHERNET_BYTES + 4)
                .load(Width.HALF, R5, R2, ETHERNET_BYTES + 6)
                .load(Width.BYTE, R4, R2, ETHERNET_BYTES)
                .and(R4, 0xF)
                .shiftLeft(R4, 2)
                .add(R2, ETHERNET_BYTES)
                .add(R2, R4);
        fragment(code, IPV4_OFFSET, IPV4_MORE);
        code.jumpIf(R7, Comparison.NOT_EQUAL, ICMP, noError)
                .move(R4, R2)
                .add(R4, ICMP_BYTES + IPV4_BYTES + PORTS_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, noError)
                .load(Width.BYTE, R5, R2, 0);
        types(code, noError, 3, 11, 12); // RFC 792: unreachable, time exceeded, parameter problem
        code.load(Width.BYTE, R5, R2, ICMP_BYTES)
                .jumpIf(R5, Comparison.NOT_EQUAL, 0x45, noError) // a quoted packet with options
                .load(Width.BYTE, R7, R2, ICMP_BYTES + 9);
        mapped(code, KEY, ICMP_BYTES + 16);
        mapped(code, KEY + SteeringKey.DESTINATION, ICMP_BYTES + 12);
        quotedPorts(code, ICMP_BYTES + IPV4_BYTES);
        code.mark(noError).jump(ports);
    }

    private static void mapped(Assembler code, int to, int from) {
        code.load(Width.WORD, R5, R2, from)
                .store(Width.WORD, R10, to, 0)
                .store(Width.WORD, R10, to + 4, 0)
                .store(Width.WORD, R10, to + 8, MAPPED)
                .store(Width.WORD, R10, to + 12, R5);
    }

    private void ipv6(Assembler code) {
        final Label noFragment = new Label("ipv6-no-fragment");
        final Label noError = new Label("ipv6-no-error");
        code.mark(ipv6).move(R4, R2).add(R4, ETHERNET_BYTES + IPV6_BYTES).jumpIf(R4, Comparison.ABOVE, R3, pass);
        copy(code, KEY, ETHERNET_BYTES + 8);
        copy(code, KEY + SteeringKey.DESTINATION, ETHERNET_BYTES + 24);
        code.load(Width.BYTE, R7, R2, ETHERNET_BYTES + 6)
                .add(R2, ETHERNET_BYTES + IPV6_BYTES)
                .jumpIf(R7, Comparison.NOT_EQUAL, IPV6_FRAGMENT, noFragment)
                .move(R4, R2)
                .add(R4, FRAGMENT_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, pass)
                .load(Width.BYTE, R7, R2, 0)
                .load(Width.HALF, R5, R2, 2)
                .load(Width.WORD, R9, R2, 4)
                .add(R2, FRAGMENT_BYTES);
        fragment(code, IPV6_OFFSET, IPV6_MORE);
        code.mark(noFragment)
                .jumpIf(R7, Comparison.NOT_EQUAL, ICMPV6, noError)
                .move(R4, R2)
                .add(R4, ICMP_BYTES + IPV6_BYTES + PORTS_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, noError)
                .load(Width.BYTE, R5, R2, 0);
        types(code, noError, 1, 2, 3, 4); // RFC 4443: unreachable, too big, time exceeded, parameter problem
        code.load(Width.BYTE, R7, R2, ICMP_BYTES + 6);
        copy(code, KEY, ICMP_BYTES + 24);
        copy(code, KEY + SteeringKey.DESTINATION, ICMP_BYTES + 8);
        quotedPorts(code, ICMP_BYTES + IPV6_BYTES);
        code.mark(noError).jump(ports);
    }

    private static void copy(Assembler code, int to, int from) {
        for (int i = 0; i < 16; i += 4) {
            code.load(Width.WORD, R5, R2, from + i).store(Width.WORD, R10, to + i, R5);
        }
    }

    /** Records the kind of fragment, from offset and flags in R5; a later fragment has no ports. */
    private void fragment(Assembler code, int offset, int more) {
        final Label whole = new Label("whole");
        code.move(R4, R5)
                .and(R4, offset)
                .jumpIf(R4, Comparison.NOT_EQUAL, 0, later)
                .and(R5, more)
                .jumpIf(R5, Comparison.EQUAL, 0, whole)
                .store(Width.WORD, R10, KIND, FIRST)
                .mark(whole)
                .move(R4, 0);
    }

    /** Continues if R5 is one of these types. */
    private static void types(Assembler code, Label otherwise, int... types) {
        final Label isOne = new Label("is-one");
        for (int type : types) {
            code.jumpIf(R5, Comparison.EQUAL, type, isOne);
        }
        code.jump(otherwise).mark(isOne).move(R5, 0);
    }

    /** Loads the ports of a quoted packet, swapped like its addresses: those of a reply. */
    private void quotedPorts(Assembler code, int from) {
        code.load(Width.HALF, R8, R2, from)
                .load(Width.HALF, R5, R2, from + 2)
                .store(Width.HALF, R10, KEY + SteeringKey.SOURCE_PORT, R5)
                .jump(lookUp);
    }

    private void ports(Assembler code) {
        code.mark(later)
                .store(Width.WORD, R10, KIND, LATER)
                .jump(lookUp)
                .mark(ports)
                .jumpIf(R7, Comparison.EQUAL, TCP, withPorts)
                .jumpIf(R7, Comparison.EQUAL, UDP, withPorts)
                .jumpIf(R7, Comparison.NOT_EQUAL, SCTP, lookUp)
                .mark(withPorts)
                .move(R4, R2)
                .add(R4, PORTS_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, pass)
                .load(Width.HALF, R5, R2, 0)
                .store(Width.HALF, R10, KEY + SteeringKey.SOURCE_PORT, R5)
                .load(Width.HALF, R8, R2, 2);
    }

    private void lookUp(Assembler code) {
        code.mark(lookUp)
                .store(Width.HALF, R10, KEY + SteeringKey.DESTINATION_PORT, R8)
                .store(Width.HALF, R10, KEY + SteeringKey.PROTOCOL, R7);
        lookInto(code, maps.frontends, KEY + SteeringKey.DESTINATION);
        code.jumpIf(R0, Comparison.NOT_EQUAL, 0, found)
                .load(Width.WORD, R5, R10, KIND)
                .jumpIf(R5, Comparison.EQUAL, LATER, lookUpFragment);
        lookInto(code, maps.replies, KEY);
        code.jumpIf(R0, Comparison.NOT_EQUAL, 0, found).jump(pass).mark(lookUpFragment);
        identification(code);
        lookInto(code, maps.fragments, KEY);
        code.jumpIf(R0, Comparison.EQUAL, 0, pass).jump(redirect);
    }

    private static void lookInto(Assembler code, BpfMap map, int key) {
        code.loadMap(R1, map).move(R2, R10).add(R2, key).call(Helper.MAP_LOOKUP);
    }

    /** Stores what all fragments of a packet share in place of the ports. */
    private static void identification(Assembler code) {
        code.store(Width.WORD, R10, KEY + SteeringKey.SOURCE_PORT, R9)
                .store(Width.HALF, R10, KEY + SteeringKey.DESTINATION_PORT, 0);
    }

    private void redirect(Assembler code) {
        code.mark(found).load(Width.WORD, R5, R10, KIND).jumpIf(R5, Comparison.NOT_EQUAL, FIRST, redirect);
        identification(code);
        code.loadMap(R1, maps.fragments)
                .move(R2, R10)
                .add(R2, KEY)
                .move(R3, R10)
                .add(R3, KIND)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .mark(redirect)
                .loadMap(R1, maps.sockets)
                .load(Width.WORD, R2, R6, QUEUE)
                .move(R3, PASS)
                .call(Helper.REDIRECT_MAP)
                .exit()
                .mark(pass)
                .move(R0, PASS)
                .exit();
    }
}
