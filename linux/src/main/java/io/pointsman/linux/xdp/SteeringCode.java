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

import io.pointsman.linux.bpf.Assembler;
import io.pointsman.linux.bpf.BpfMap;
import io.pointsman.linux.bpf.Comparison;
import io.pointsman.linux.bpf.Helper;
import io.pointsman.linux.bpf.Label;
import io.pointsman.linux.bpf.Width;

/**
 * The program that an interface runs: a frame to a frontend, or of a tuple that replies have, goes to the socket of its queue;
 * everything else, and every frame where that queue has no socket, passes to the kernel.
 *
 * <p>Registers: R2 the frame, later the transport header; R3 its end; R6 the context; R7 the protocol; R8 both ports.
 */
final class SteeringCode {
    static final int PASS = 2; // XDP_PASS
    static final int REDIRECT = 4; // XDP_REDIRECT

    private static final int FRAME = 0; // offsets in struct xdp_md
    private static final int FRAME_END = 4;
    private static final int QUEUE = 16;
    private static final int ETHERNET_BYTES = 14;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int PORTS_BYTES = 4;
    private static final int ETHERTYPE_IPV4 = 0x0008; // as a little-endian load sees it
    private static final int ETHERTYPE_IPV6 = 0xDD86;
    private static final int FRAGMENT_OFFSET = 0xFF1F; // 0x1FFF, likewise
    private static final int MAPPED = 0xFFFF_0000; // ::ffff, likewise
    private static final int KEY = -SteeringKey.TUPLE_BYTES; // on the stack
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SCTP = 132;

    private final BpfMap frontends;
    private final BpfMap replies;
    private final BpfMap sockets;
    private final Label pass = new Label("pass");
    private final Label ipv6 = new Label("ipv6");
    private final Label ports = new Label("ports");
    private final Label withPorts = new Label("with-ports");
    private final Label lookUp = new Label("look-up");
    private final Label redirect = new Label("redirect");

    private SteeringCode(BpfMap frontends, BpfMap replies, BpfMap sockets) {
        this.frontends = frontends;
        this.replies = replies;
        this.sockets = sockets;
    }

    static long[] assemble(BpfMap frontends, BpfMap replies, BpfMap sockets) {
        final SteeringCode code = new SteeringCode(frontends, replies, sockets);
        final Assembler assembler = new Assembler();
        code.ethernet(assembler);
        code.ipv4(assembler);
        code.ipv6(assembler);
        code.ports(assembler);
        code.lookUp(assembler);
        return assembler.assemble();
    }

    private void ethernet(Assembler code) {
        code.move(R6, R1)
                .load(Width.WORD, R2, R6, FRAME)
                .load(Width.WORD, R3, R6, FRAME_END)
                .move(R8, 0)
                .store(Width.WORD, R10, KEY + SteeringKey.SOURCE_PORT, 0)
                .move(R4, R2)
                .add(R4, ETHERNET_BYTES + IPV4_BYTES)
                .jumpIf(R4, Comparison.ABOVE, R3, pass)
                .load(Width.HALF, R5, R2, 12)
                .jumpIf(R5, Comparison.EQUAL, ETHERTYPE_IPV6, ipv6)
                .jumpIf(R5, Comparison.NOT_EQUAL, ETHERTYPE_IPV4, pass);
    }

    private void ipv4(Assembler code) {
        mapped(code, KEY, ETHERNET_BYTES + 12);
        mapped(code, KEY + SteeringKey.DESTINATION, ETHERNET_BYTES + 16);
        code.load(Width.BYTE, R7, R2, ETHERNET_BYTES + 9)
                .load(Width.HALF, R5, R2, ETHERNET_BYTES + 6)
                .load(Width.BYTE, R4, R2, ETHERNET_BYTES)
                .and(R4, 0xF)
                .shiftLeft(R4, 2)
                .add(R2, ETHERNET_BYTES)
                .add(R2, R4)
                .and(R5, FRAGMENT_OFFSET)
                .jumpIf(R5, Comparison.NOT_EQUAL, 0, lookUp) // a later fragment has no ports
                .jump(ports);
    }

    private static void mapped(Assembler code, int to, int from) {
        code.load(Width.WORD, R5, R2, from)
                .store(Width.WORD, R10, to, 0)
                .store(Width.WORD, R10, to + 4, 0)
                .store(Width.WORD, R10, to + 8, MAPPED)
                .store(Width.WORD, R10, to + 12, R5);
    }

    private void ipv6(Assembler code) {
        code.mark(ipv6).move(R4, R2).add(R4, ETHERNET_BYTES + IPV6_BYTES).jumpIf(R4, Comparison.ABOVE, R3, pass);
        copy(code, KEY, ETHERNET_BYTES + 8);
        copy(code, KEY + SteeringKey.DESTINATION, ETHERNET_BYTES + 24);
        code.load(Width.BYTE, R7, R2, ETHERNET_BYTES + 6)
                .add(R2, ETHERNET_BYTES + IPV6_BYTES)
                .jump(ports);
    }

    private static void copy(Assembler code, int to, int from) {
        for (int i = 0; i < 16; i += 4) {
            code.load(Width.WORD, R5, R2, from + i).store(Width.WORD, R10, to + i, R5);
        }
    }

    private void ports(Assembler code) {
        code.mark(ports)
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
                .store(Width.HALF, R10, KEY + SteeringKey.PROTOCOL, R7)
                .loadMap(R1, frontends)
                .move(R2, R10)
                .add(R2, KEY + SteeringKey.DESTINATION)
                .call(Helper.MAP_LOOKUP)
                .jumpIf(R0, Comparison.NOT_EQUAL, 0, redirect)
                .loadMap(R1, replies)
                .move(R2, R10)
                .add(R2, KEY)
                .call(Helper.MAP_LOOKUP)
                .jumpIf(R0, Comparison.EQUAL, 0, pass)
                .mark(redirect)
                .loadMap(R1, sockets)
                .load(Width.WORD, R2, R6, QUEUE)
                .move(R3, PASS)
                .call(Helper.REDIRECT_MAP)
                .exit()
                .mark(pass)
                .move(R0, PASS)
                .exit();
    }
}
