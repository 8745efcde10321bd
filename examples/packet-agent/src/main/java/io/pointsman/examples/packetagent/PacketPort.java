package io.pointsman.examples.packetagent;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.bpf.XdpMode;
import io.pointsman.linux.xdp.FramePool;
import io.pointsman.linux.xdp.Steering;
import io.pointsman.linux.xdp.XdpSocket;
import io.pointsman.nat.InputInterface;
import java.util.List;

/** An interface of the agent: its socket, and the program that steers packets of services to it. */
final class PacketPort implements AutoCloseable {
    static final int RING_SIZE = 2048;

    private final InputInterface input;
    private final XdpSocket socket;
    private final Steering.Attached program;

    private PacketPort(InputInterface input, XdpSocket socket, Steering.Attached program) {
        this.input = input;
        this.socket = socket;
        this.program = program;
    }

    /** Attaches to an interface of the calling thread's network namespace; it must have one queue. */
    static PacketPort open(String name, int linkIndex, FramePool frames, Steering steering) throws KernelException {
        final XdpSocket socket = XdpSocket.open(frames, linkIndex, 0, RING_SIZE);
        try {
            socket.refill();
            return new PacketPort(
                    InputInterface.of(name), socket, steering.attach(linkIndex, List.of(socket), XdpMode.NATIVE));
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
    }

    InputInterface input() {
        return input;
    }

    XdpSocket socket() {
        return socket;
    }

    int linkIndex() {
        return socket.linkIndex();
    }

    @Override
    public void close() {
        program.close();
        socket.close();
    }
}
