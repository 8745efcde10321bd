package io.pointsman.testserver;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A request and its response, on a real socket. */
public final class Exchange {
    private final HttpRequest request;
    private final Map<String, String> query;
    private final Socket socket;
    private final OutputStream out;
    private boolean isOver;

    Exchange(HttpRequest request, Socket socket, OutputStream out) {
        this.request = request;
        this.query = request.query();
        this.socket = socket;
        this.out = out;
    }

    public String method() {
        return request.method();
    }

    public String path() {
        return request.path();
    }

    public Map<String, String> query() {
        return query;
    }

    /** Returns the headers, by name in lower case. */
    public Map<String, String> headers() {
        return request.headers();
    }

    public String body() {
        return request.body();
    }

    public boolean isWatch() {
        return query.getOrDefault("watch", "").equals("true");
    }

    /** Sends a complete response. */
    public void answer(int status, String contentType, byte[] body, String... moreHeaders) throws IOException {
        final StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        head.append("Content-Length: ").append(body.length).append("\r\n");
        for (String header : moreHeaders) {
            head.append(header).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
    }

    /** Sends the head of a chunked response. */
    public void head() throws IOException {
        out.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    public void chunk(byte[] bytes) throws IOException {
        write(bytes);
        out.flush();
    }

    private void write(byte[] bytes) throws IOException {
        out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes a chunk without a flush: it may go out with the next ones, like events that a real server has ready. */
    void chunkLater(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    public void chunk(String text) throws IOException {
        chunk(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the response normally: the connection may be used again. */
    public void lastChunk() throws IOException {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** Closes the connection in the middle of the response. */
    public void cut() throws IOException {
        isOver = true;
        socket.close();
    }

    /** Sends nothing more until the client disconnects. */
    public void hang() throws IOException {
        while (socket.getInputStream().read() >= 0) {
            // the client sends nothing here
        }
        cut();
    }

    boolean isOver() {
        return isOver || socket.isClosed();
    }
}
