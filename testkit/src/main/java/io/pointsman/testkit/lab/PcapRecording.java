package io.pointsman.testkit.lab;

import io.pointsman.linux.socket.PacketCapture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Records a host's packets to a file for tcpdump and Wireshark (the classic pcap format, microseconds, Ethernet). Loopback
 * frames have empty Ethernet addresses.
 */
public final class PcapRecording implements AutoCloseable {
    private static final int MAGIC = 0xA1B2_C3D4;
    private static final int SNAP_BYTES = 1 << 16;
    private static final int LINKTYPE_ETHERNET = 1;
    private static final int FILE_HEADER_BYTES = 24;
    private static final int PACKET_HEADER_BYTES = 16;

    private final PacketCapture capture;
    private final FileChannel file;
    private final AtomicLong packets = new AtomicLong();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private final Thread thread;

    private PcapRecording(PacketCapture capture, FileChannel file, String name) {
        this.capture = capture;
        this.file = file;
        this.thread = Thread.ofPlatform().daemon().name("lab recording " + name).unstarted(this::work);
    }

    static PcapRecording start(LabHost host, Path path) throws IOException {
        final PacketCapture capture = host.call(() -> PacketCapture.open(0));
        try {
            final FileChannel file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            final ByteBuffer header = ByteBuffer.allocate(FILE_HEADER_BYTES).order(ByteOrder.nativeOrder());
            header.putInt(MAGIC)
                    .putShort((short) 2)
                    .putShort((short) 4)
                    .putInt(0)
                    .putInt(0);
            header.putInt(SNAP_BYTES).putInt(LINKTYPE_ETHERNET).flip();
            writeFully(file, header);
            final PcapRecording recording = new PcapRecording(capture, file, host.name());
            recording.thread.start();
            return recording;
        } catch (IOException e) {
            capture.close();
            throw e;
        }
    }

    private void work() {
        try (file) {
            boolean isOpen = true;
            while (isOpen && failure.get() == null) {
                isOpen = capture.next((frame, _) -> write(frame));
            }
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void write(ByteBuffer frame) {
        final Instant now = Instant.now();
        final ByteBuffer header = ByteBuffer.allocate(PACKET_HEADER_BYTES).order(ByteOrder.nativeOrder());
        header.putInt((int) now.getEpochSecond()).putInt(now.getNano() / 1000);
        header.putInt(frame.remaining()).putInt(frame.remaining()).flip();
        try {
            writeFully(file, header);
            writeFully(file, frame);
            packets.incrementAndGet();
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        }
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /** Returns the number of packets in the file so far. */
    public long packets() {
        return packets.get();
    }

    /**
     * Ends the recording and the file.
     *
     * @throws IOException if not every packet could be written
     */
    @Override
    public void close() throws IOException {
        capture.stop();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        capture.close();
        final IOException failed = failure.get();
        if (failed != null) {
            throw new IOException("the recording is not complete", failed);
        }
    }
}
